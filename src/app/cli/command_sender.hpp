#pragma once

#include <string>

#include "actors/result.hpp"
#include "app/cli/answer.hpp"
#include "db/command.hpp"

namespace coppice::app::cli {

/// Runs the accounts' commands on a database whether or not a server has it: by itself if it is
/// free, through the server's writer if it is not.
///
/// Thread: one; blocks.
class CommandSender {
 public:
  /// @param socket  The admin socket of the server that may have the database.
  CommandSender(std::string database, std::string socket)
      : database_(std::move(database)), socket_(std::move(socket)) {}

  /// Errors: the command's own; unavailable when the database is in use and no server answers;
  /// malformed when the answer of one can't be read.
  template <db::CommandType C>
  [[nodiscard]] actors::Result<typename C::Reply> run(const C& command) const {
    auto reply = run(db::to_command(command));
    if (!reply) return std::unexpected(std::move(reply.error()));
    auto value = db::reply_of<C>(*reply);
    if (!value) return std::unexpected(not_understood(socket_));
    return value;
  }

 private:
  [[nodiscard]] actors::Result<std::string> run(const db::Command& command) const;
  [[nodiscard]] actors::Result<std::string> ask_server(const db::Command& command) const;

  std::string database_;
  std::string socket_;
};

}  // namespace coppice::app::cli
