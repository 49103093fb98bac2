#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "net/http/method.hpp"
#include "net/http/plug.hpp"
#include "net/http/request.hpp"
#include "net/http/response.hpp"
#include "net/http/route.hpp"
#include "net/http/route_tree.hpp"

namespace coppice::net::http {

/// The table of routes, and the plugs that every request passes, whatever its route: also those for
/// which there is none, or that are malformed.
///
/// A pattern is a path whose segments may be parameters: `:slug` takes any segment, `:id<int>` a
/// whole number that fits 64 bits, and `*rest`, last, all that remains. A literal segment wins over
/// a number, that over `:any`, and that over `*rest`, whatever their order in the table. HEAD is
/// served by the GET route; OPTIONS is answered with the methods that a path has; a trailing slash
/// makes no difference.
///
/// Thread: any; it never changes.
class Router {
 public:
  struct Match {
    const Route* route;              ///< Lives as long as the router, as do its plugs.
    const std::vector<Plug>* plugs;  ///< Those of the scopes and of the route, outermost first.
    PathParams params;
  };

  /// Throws std::invalid_argument if a pattern is malformed or two routes are the same.
  /// @param endpoint  What every request passes before its route is looked for.
  explicit Router(Routes routes, std::vector<Plug> endpoint = {});
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  /// The route and its parameters; else the answer: 404, 405 with `allow`, 204 with `allow` for
  /// OPTIONS, 400 for a path that cannot be decoded or holds `.` or `..`.
  [[nodiscard]] std::expected<Match, Response> find(Method method, std::string_view path) const;

  [[nodiscard]] const std::vector<Plug>& endpoint() const noexcept { return endpoint_; }

  /// The table as it was given.
  [[nodiscard]] const std::vector<Route>& routes() const noexcept { return routes_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };

  [[nodiscard]] std::expected<Match, Response> choose(Method method,
                                                      const std::vector<RouteTree::Leaf>& leaves,
                                                      std::vector<std::string> values) const;

  const std::vector<Route> routes_;
  const std::vector<Plug> endpoint_;
  std::vector<std::vector<Plug>> plugs_;  // of each route
  RouteTree tree_;
  // Patterns without parameters, of which most requests are: found without taking the path apart.
  std::unordered_map<std::string, const std::vector<RouteTree::Leaf>*, Hash, std::equal_to<>>
      literals_;
};

}  // namespace coppice::net::http
