#include "app/cli/import_command.hpp"

#include <iostream>
#include <span>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "app/cli/commands.hpp"
#include "app/config.hpp"
#include "app/content/content_commands.hpp"
#include "app/content/folder_import.hpp"
#include "app/content/folder_reader.hpp"
#include "app/database_folder.hpp"
#include "db/connection.hpp"
#include "db/migrations.hpp"
#include "db/process_guard.hpp"
#include "db/write_batch.hpp"

namespace coppice::app::cli {
namespace {

using actors::Result;
using content::FolderImport;
using content::ImportReport;

/// A database that this process alone writes to, with its schema up to date.
struct Target {
  db::Connection writer;
  db::ProcessGuard guard;
  db::Connection reader;
};

Result<Target> open(const std::string& path) {
  if (auto made = make_database_folder(path); !made) return std::unexpected(made.error());
  auto writer = db::Connection::open({.path = path, .create = true});
  if (!writer) return std::unexpected(writer.error());
  auto guard = db::ProcessGuard::acquire(path);
  if (!guard) return std::unexpected(guard.error());
  const auto migrations = db::Migrations::embedded();
  if (!migrations) return std::unexpected(migrations.error());
  const auto newer =
      allows_newer_schema(lookup_environment) ? db::NewerSchema::allowed : db::NewerSchema::refused;
  if (auto applied = migrations->apply_pending(*writer, newer); !applied) {
    return std::unexpected(applied.error());
  }
  auto reader = db::Connection::open({.path = path, .read_only = true});
  if (!reader) return std::unexpected(reader.error());
  return Target{std::move(*writer), std::move(*guard), std::move(*reader)};
}

Result<ImportReport> import(Target& target, const ImportOptions& options) {
  db::CommandRegistry registry;
  content::add_content_commands(registry);
  db::WriteBatch batch(target.writer, registry);
  const auto write = [&batch](const std::vector<db::Command>& commands) {
    std::vector<FolderImport::WriteResult> results;
    for (auto& reply : batch.run(std::span<const db::Command>(commands))) {
      if (reply) {
        results.emplace_back(std::move(reply->value));
      } else {
        results.emplace_back(std::unexpected(reply.error()));
      }
    }
    return results;
  };
  return content::import_folder(options.folder, {.trusted = options.trusted}, target.reader, write);
}

void print(const ImportReport& report, bool json) {
  if (!json) {
    for (const auto& problem : report.problems()) std::cerr << problem << "\n";
    std::cout << report.summary() << "\n";
    return;
  }
  boost::json::array entries;
  for (const auto& entry : report.entries()) {
    boost::json::object line{{"file", entry.file}};
    if (!entry.name.empty()) line["name"] = entry.name;
    if (!entry.kind.empty()) line["kind"] = entry.kind;
    line["outcome"] = entry.change ? content::to_string(entry.change->outcome) : "skipped";
    if (entry.line != 0) line["line"] = entry.line;
    if (!entry.reason.empty()) line["reason"] = entry.reason;
    entries.push_back(std::move(line));
  }
  const boost::json::object body{{"summary", report.summary()}, {"entries", std::move(entries)}};
  std::cout << boost::json::serialize(body) << "\n";
}

}  // namespace

int run_import(const ImportOptions& options) {
  const std::string path =
      options.database.empty() ? database_path(lookup_environment) : options.database;
  if (path.empty()) {
    std::cerr << "coppice: no database: set DATABASE_PATH or give --database\n";
    return ExitCode::usage;
  }
  // Before anything is made: a folder that isn't there must not leave a new database behind.
  if (const auto found = content::FolderReader::open(options.folder, options.trusted); !found) {
    std::cerr << "coppice: " << found.error().message() << "\n";
    return ExitCode::failure;
  }
  auto target = open(path);
  if (!target) {
    std::cerr << "coppice: " << target.error().message() << "\n";
    return ExitCode::failure;
  }
  const auto report = import(*target, options);
  if (!report) {
    std::cerr << "coppice: " << report.error().message() << "\n";
    return ExitCode::failure;
  }
  print(*report, options.json);
  return report->skipped() == 0 ? ExitCode::success : ExitCode::failure;
}

}  // namespace coppice::app::cli
