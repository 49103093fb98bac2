#include "app/accounts/server_command.hpp"

#include <filesystem>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "app/accounts/credential_commands.hpp"
#include "app/accounts/user_commands.hpp"

namespace coppice::app::accounts {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

constexpr auto kAnswerTimeout = std::chrono::seconds(10);

template <class C>
std::optional<std::int64_t> user_in_arguments(const db::Command& command) {
  const auto arguments = db::from_bytes<C>(command.arguments);
  if (!arguments) return std::nullopt;
  return arguments->user_id;
}

template <class C>
std::optional<std::int64_t> user_in_reply(std::string_view bytes) {
  const auto user = db::reply_of<C>(bytes);
  if (!user) return std::nullopt;
  return user->id;
}

/// The user whom something that let them in lets in no more, if the command is of that kind.
std::optional<std::int64_t> whom_it_lets_out(const db::Command& command, std::string_view reply) {
  if (command.name == SetPassword::kName) return user_in_arguments<SetPassword>(command);
  if (command.name == RevokeApiToken::kName) return user_in_arguments<RevokeApiToken>(command);
  if (command.name == SetDisabled::kName) return user_in_reply<SetDisabled>(reply);
  if (command.name == SetRole::kName) return user_in_reply<SetRole>(reply);
  return std::nullopt;
}

}  // namespace

Result<std::string> run_on_server(actors::Runtime& runtime, const Accounts& accounts,
                                  const db::Command& command, const std::string& expected) {
  const auto& database = accounts.database();
  std::error_code unreadable;
  if (!expected.empty() && !std::filesystem::equivalent(expected, database.path(), unreadable)) {
    return fail(Errc::conflict, fmt::format("this server's database is {}, not {}",
                                            database.path().string(), expected));
  }
  auto reply = db::run_task_blocking<db::CommandReply>(
      runtime, database.execute(command, kAnswerTimeout), kAnswerTimeout);
  if (!reply) return std::unexpected(std::move(reply.error()));
  if (const auto user_id = whom_it_lets_out(command, reply->value)) accounts.let_out(*user_id);
  return std::move(reply->value);
}

}  // namespace coppice::app::accounts
