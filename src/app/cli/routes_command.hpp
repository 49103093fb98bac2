#pragma once

#include <functional>
#include <string>

#include "net/http/route.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): the library's name.
namespace CLI {
class App;
}

namespace coppice::app::cli {

/// Adds `coppice routes`, which prints the routing table of this program; it needs no server.
///
/// @param chosen  Set to what was asked for when the command line is parsed; it returns an
/// ExitCode.
void add_routes_command(CLI::App& app, std::function<int()>& chosen);

/// A line for each route: method, path, the pipelines and plugs that it goes through, summary.
[[nodiscard]] std::string render_routes(const net::http::Routes& routes);

/// The same as JSON: [{"method", "path", "through": […], "summary", "max_body_bytes"}]. The method
/// of an upgrade route is "ANY"; the last is null where the server's limit holds.
[[nodiscard]] std::string routes_json(const net::http::Routes& routes);

}  // namespace coppice::app::cli
