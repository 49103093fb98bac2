#include "app/litefs/node.hpp"

#include <chrono>
#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "app/litefs/check_mount.hpp"
#include "app/litefs/event_reader.hpp"
#include "app/litefs/role_keeper.hpp"
#include "app/outgoing/http_request.hpp"
#include "db/litefs/lag_file.hpp"
#include "supervisor/supervisor.hpp"

namespace coppice::app::litefs {

using actors::Errc;
using actors::fail;
using actors::Result;
using db::litefs::Info;
using db::litefs::PositionFile;

namespace {

constexpr long kOk = 200;
constexpr auto kTimeout = std::chrono::seconds(1);

Result<Info> ask(const std::string& url) {
  const outgoing::HttpRequest request{
      .url = url + "/info", .timeout = kTimeout, .to_this_machine = true};
  const auto answer = outgoing::send(request, std::stop_token());
  if (!answer) return std::unexpected(answer.error());
  if (answer->status != kOk) {
    return fail(Errc::unavailable, fmt::format("{} answers {}", request.url, answer->status));
  }
  return db::litefs::parse_info(answer->body);
}

std::optional<std::chrono::milliseconds> lag_of(const std::filesystem::path& mount) {
  const auto lag = db::litefs::read_lag(mount);
  return lag ? std::optional(*lag) : std::nullopt;
}

/// A look that is given up, or a writer that was, may still be under way when the next one begins.
class SharedPositionFile {
 public:
  explicit SharedPositionFile(const std::filesystem::path& database) : file_(database) {}
  [[nodiscard]] Result<db::litefs::Transaction> read() {
    const std::lock_guard lock(mutex_);
    return file_.read();
  }

 private:
  std::mutex mutex_;
  PositionFile file_;  // Guarded by the mutex.
};

}  // namespace

Senses senses_of(const Settings& settings, const std::filesystem::path& database) {
  auto position = std::make_shared<SharedPositionFile>(database);
  return {.look =
              [url = settings.url, mount = settings.mount, position = std::move(position)] {
                return Sight{.info = ask(url), .position = position->read(), .lag = lag_of(mount)};
              },
          .listen =
              [url = settings.url + "/events"](const outgoing::TakeLine& line,
                                               const std::stop_token& stop) {
                return outgoing::stream_lines(url, line, stop);
              }};
}

std::shared_ptr<db::Replication> replication_of(const std::filesystem::path& database) {
  auto recorded = [position =
                       std::make_shared<SharedPositionFile>(database)]() -> Result<std::uint64_t> {
    const auto transaction = position->read();
    if (!transaction) return std::unexpected(transaction.error());
    return transaction->number;
  };
  return std::make_shared<db::Replication>(
      db::Standing{.role = db::Role::down, .why = "LiteFS has not been asked yet"},
      std::move(recorded));
}

Result<void> check_start(const Settings& settings, const std::filesystem::path& database,
                         bool must_be_mount) {
  const auto info = ask(settings.url);
  const std::filesystem::path data_folder = info ? info->data_folder : "";
  if (auto checked = check_mount(settings, database, data_folder); !checked) return checked;
  if (is_fuse_mount(settings.mount)) return {};
  const auto problem = fmt::format(
      "LITEFS_MOUNT={} is a folder that nobody has mounted: what is written there is not "
      "replicated; start LiteFS first",
      settings.mount.string());
  if (must_be_mount) return fail(Errc::invalid_argument, problem);
  SPDLOG_WARN("{}", problem);
  return {};
}

supervisor::ChildSpec litefs_child(const db::Database& database, Senses senses,
                                   std::function<void()> arrived) {
  const auto shared = std::make_shared<const Senses>(std::move(senses));
  const auto keeper = std::make_shared<RoleKeeper::Slot>("the keeper of the role");
  return supervisor::supervisor_child(
      "litefs",
      {{.strategy = supervisor::Strategy::rest_for_one},
       {supervisor::worker<RoleKeeper>("role", database, shared, std::move(arrived), keeper),
        supervisor::worker<EventReader>("events", shared, keeper)}});
}

}  // namespace coppice::app::litefs
