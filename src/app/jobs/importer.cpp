#include "app/jobs/importer.hpp"

#include <stdexcept>

#include <spdlog/spdlog.h>

#include "app/content/folder_import.hpp"

namespace coppice::app::jobs {
namespace {

constexpr auto kReadTimeout = std::chrono::minutes(5);  // rendering happens inside the read
constexpr auto kWriteTimeout = std::chrono::minutes(1);
constexpr auto kReadinessPoll = std::chrono::milliseconds(100);

}  // namespace

Importer::Importer(std::string folder, db::Database database)
    : folder_(std::move(folder)), database_(std::move(database)) {}

void Importer::init() { continue_with(Import{}); }

actors::Task<void> Importer::handle(Import /*message*/) {
  if (!database_.readiness().ready()) {
    send_after(kReadinessPoll, Import{});
    co_return;
  }
  status_ = "importing " + folder_;
  auto opened = content::FolderImport::open(folder_, {});
  if (!opened) throw std::runtime_error(opened.error().message());
  const auto import = std::make_shared<content::FolderImport>(std::move(*opened));
  while (true) {
    auto next = [import](db::Connection& reader) { return import->next_commands(reader); };
    auto commands = co_await database_.read(std::move(next), kReadTimeout);
    if (!commands) throw std::runtime_error(commands.error().message());
    if (commands->empty()) break;
    auto replies = co_await database_.execute_all(std::move(*commands), kWriteTimeout);
    std::vector<content::FolderImport::WriteResult> results;
    for (auto& reply : replies) {
      if (reply) {
        results.emplace_back(std::move(reply->value));
      } else {
        results.emplace_back(std::unexpected(reply.error()));
      }
    }
    import->record(results);
  }
  for (const auto& problem : import->report().problems()) spdlog::warn("import: {}", problem);
  status_ = folder_ + ": " + import->report().summary();
  spdlog::info("imported {}", status_);
}

std::string Importer::describe() const { return status_; }

}  // namespace coppice::app::jobs
