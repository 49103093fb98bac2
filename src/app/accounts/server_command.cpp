#include "app/accounts/server_command.hpp"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

namespace coppice::app::accounts {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {
constexpr auto kTimeout = std::chrono::seconds(10);
}

Result<std::string> run_on_server(actors::Runtime& runtime, const db::Database& database,
                                  const db::Command& command, const std::string& expected) {
  std::error_code unreadable;
  if (!expected.empty() && !std::filesystem::equivalent(expected, database.path(), unreadable)) {
    return fail(Errc::conflict, fmt::format("this server's database is {}, not {}",
                                            database.path().string(), expected));
  }
  auto reply = db::run_task_blocking<db::CommandReply>(runtime, database.execute(command, kTimeout),
                                                       kTimeout);
  if (!reply) return std::unexpected(std::move(reply.error()));
  return std::move(reply->value);
}

}  // namespace coppice::app::accounts
