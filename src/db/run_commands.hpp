#pragma once

#include <span>
#include <vector>

#include "db/command.hpp"

namespace coppice::db {

class Connection;

/// Runs commands with one commit, without a writer: for programs that have the database to
/// themselves. One result for each, in order; one that takes the transaction along costs the others
/// nothing but a second run. Errors: those of WriteBatch. Thread: that of the connection.
[[nodiscard]] std::vector<CommandResult> run_commands(Connection& connection,
                                                      const CommandRegistry& registry,
                                                      std::span<const Command> commands);

}  // namespace coppice::db
