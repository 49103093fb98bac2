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

/// Prints what the accounts answered: as @p render shows it to people, or as JSON. What can't be
/// read is not printed. Errors: @p answer's; malformed.
[[nodiscard]] actors::Result<void> print_result(
    const AccountOptions& options, const actors::Result<std::string>& answer,
    const std::function<std::string(const std::string&)>& render);

}  // namespace coppice::app::cli
