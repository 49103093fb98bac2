#pragma once

#include <functional>
#include <memory>
#include <string>

#include "actors/result.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): the library's name.
namespace CLI {
class App;
}

namespace coppice::app::cli {

/// What `coppice user` and `coppice token` are told about where the accounts are.
struct AccountOptions {
  std::string database;  ///< empty: DATABASE_PATH
  std::string socket;    ///< empty: ADMIN_SOCKET, or the database's
  bool json = false;
};

/// Adds the options to @p command, and makes @p action, given the options with their defaults
/// filled in, what the command does. What it returns is an ExitCode.
void add_account_action(CLI::App* command, const std::shared_ptr<AccountOptions>& options,
                        std::function<int()>& chosen,
                        std::function<actors::Result<void>(const AccountOptions&)> action);

}  // namespace coppice::app::cli
