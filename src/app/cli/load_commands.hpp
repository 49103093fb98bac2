#pragma once

#include <functional>

// NOLINTNEXTLINE(readability-identifier-naming): the library's name.
namespace CLI {
class App;
}

namespace coppice::app::cli {

/// `coppice shards` and `coppice requests`: how busy a server is, and with what.
void add_load_commands(CLI::App& app, std::function<int()>& chosen);

}  // namespace coppice::app::cli
