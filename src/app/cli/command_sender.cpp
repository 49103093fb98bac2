#include "app/cli/command_sender.hpp"

#include <filesystem>
#include <utility>

#include "app/accounts/account_commands.hpp"
#include "app/accounts/secret.hpp"
#include "app/cli/admin_client.hpp"
#include "app/cli/answer.hpp"
#include "app/cli/own_database.hpp"
#include "db/run_commands.hpp"
#include "net/encoding.hpp"

namespace coppice::app::cli {

using actors::Errc;
using actors::fail;
using actors::Result;

Result<std::string> CommandSender::run(const db::Command& command) const {
  auto own = take_database(database_);
  if (!own && own.error() == Errc::busy) return ask_server(command);
  if (!own) return std::unexpected(std::move(own.error()));
  db::CommandRegistry registry;
  accounts::add_account_commands(registry);
  auto replies = db::run_commands(own->writer, registry, {&command, 1});
  if (!replies.front()) return std::unexpected(std::move(replies.front().error()));
  return std::move(replies.front()->value);
}

Result<std::string> CommandSender::ask_server(const db::Command& command) const {
  const auto answer = AdminClient(socket_).post(
      "/v1/command", {{"name", command.name},
                      {"arguments", accounts::base64url(command.arguments)},
                      {"database", std::filesystem::absolute(database_).string()}});
  if (!answer && answer.error() == Errc::unavailable) {
    return fail(Errc::unavailable,
                database_ + " is in use, and its server can't be asked: " + answer.error().context);
  }
  // The client doesn't know the code; the command line was not what was wrong.
  if (!answer) return fail(Errc::conflict, answer.error().context);
  auto reply = net::base64_decode(*answer);
  if (!reply) return std::unexpected(not_understood(socket_));
  return std::move(*reply);
}

}  // namespace coppice::app::cli
