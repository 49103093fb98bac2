#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "net/http/handler.hpp"
#include "net/http/method.hpp"
#include "net/http/request.hpp"
#include "net/http/response.hpp"
#include "net/http/route_tree.hpp"

namespace coppice::net::http {

/// One line of the routing table. Made by get(), post() and the like.
struct Route {
  std::optional<Method> method;  ///< None for upgrade routes, which take every method.
  std::string pattern;
  std::variant<Handler, UpgradeHandler> action;
};

[[nodiscard]] Route get(std::string pattern, Handler handler);
[[nodiscard]] Route post(std::string pattern, Handler handler);
[[nodiscard]] Route put(std::string pattern, Handler handler);
[[nodiscard]] Route patch(std::string pattern, Handler handler);
[[nodiscard]] Route del(std::string pattern, Handler handler);
[[nodiscard]] Route upgrade(std::string pattern, UpgradeHandler handler);

/// Finds the route for a method and path.
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
    const Route* route;  ///< Lives as long as the router.
    PathParams params;
  };

  /// Throws std::invalid_argument if a pattern is malformed or two routes are the same.
  explicit Router(std::vector<Route> routes);
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  /// The route and its parameters; else the answer: 404, 405 with `allow`, 204 with `allow` for
  /// OPTIONS, 400 for a path that cannot be decoded or holds `.` or `..`.
  [[nodiscard]] std::expected<Match, Response> find(Method method, std::string_view path) const;

  /// The table as it was given.
  [[nodiscard]] const std::vector<Route>& routes() const noexcept { return routes_; }

 private:
  std::vector<Route> routes_;
  RouteTree tree_;
};

}  // namespace coppice::net::http
