#pragma once

#include <string>

#include "actors/result.hpp"
#include "actors/runtime.hpp"
#include "app/accounts/accounts.hpp"
#include "db/database.hpp"

namespace coppice::app::accounts {

/// Has a running server's writer run a command, and gives its reply's bytes. Whoever is let out by
/// it is told of as if a request had done it.
/// @param expected  The database's file as the caller knows it; empty for any.
/// Errors: conflict if this server's is another one; those of Database::execute().
/// Thread: one that is no shard's; blocks.
[[nodiscard]] actors::Result<std::string> run_on_server(actors::Runtime& runtime,
                                                        const Accounts& accounts,
                                                        const db::Command& command,
                                                        const std::string& expected);

}  // namespace coppice::app::accounts
