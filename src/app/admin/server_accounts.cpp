#include "app/admin/server_accounts.hpp"

#include <chrono>
#include <utility>

#include <spdlog/spdlog.h>

namespace coppice::app::admin {

using actors::Result;

namespace {
constexpr auto kAnswerTimeout = std::chrono::seconds(10);
}

Result<FoundAccounts> ServerAccounts::read(Look look) {
  return accounts_.database().read_blocking(runtime_, std::move(look), patience_);
}

Result<std::string> ServerAccounts::run(const db::Command& command) {
  auto reply = db::run_task_blocking<db::CommandReply>(
      runtime_, accounts_.database().execute(command, kAnswerTimeout), kAnswerTimeout);
  if (!reply) return std::unexpected(std::move(reply.error()));
  return std::move(reply->value);
}

Result<std::string> ServerAccounts::hash(std::string password) {
  return db::run_task_blocking<std::string>(runtime_, accounts_.hash_password(std::move(password)),
                                            kAnswerTimeout);
}

void ServerAccounts::note(const AccountChange& change) {
  SPDLOG_INFO("accounts: user {} {}", change.user_id, change.what);
  if (change.lets_out) accounts_.let_out(change.user_id);
}

}  // namespace coppice::app::admin
