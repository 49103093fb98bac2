#pragma once

#include <functional>

// NOLINTNEXTLINE(readability-identifier-naming): the library's name.
namespace CLI {
class App;
}

namespace coppice::app::cli {

/// Adds `coppice token` with create, list and revoke: users' bearer tokens. Each works whether or
/// not a server has the database.
///
/// @param chosen  Set to what was asked for when the command line is parsed; it returns an
/// ExitCode.
void add_token_command(CLI::App& app, std::function<int()>& chosen);

}  // namespace coppice::app::cli
