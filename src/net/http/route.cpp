#include "net/http/route.hpp"

#include <iterator>

namespace coppice::net::http {
namespace {

Route make(std::optional<Method> method, std::string pattern, AnyHandler handler,
           RouteOptions options) {
  Route route{
      .method = method, .pattern = std::move(pattern), .action = {}, .options = std::move(options)};
  std::visit([&route](auto& action) { route.action = std::move(action); }, handler);
  return route;
}

}  // namespace

Route get(std::string pattern, AnyHandler handler, RouteOptions options) {
  return make(Method::get, std::move(pattern), std::move(handler), std::move(options));
}
Route post(std::string pattern, AnyHandler handler, RouteOptions options) {
  return make(Method::post, std::move(pattern), std::move(handler), std::move(options));
}
Route put(std::string pattern, AnyHandler handler, RouteOptions options) {
  return make(Method::put, std::move(pattern), std::move(handler), std::move(options));
}
Route patch(std::string pattern, AnyHandler handler, RouteOptions options) {
  return make(Method::patch, std::move(pattern), std::move(handler), std::move(options));
}
Route del(std::string pattern, AnyHandler handler, RouteOptions options) {
  return make(Method::del, std::move(pattern), std::move(handler), std::move(options));
}
Route any(std::string pattern, AnyHandler handler, RouteOptions options) {
  return make(std::nullopt, std::move(pattern), std::move(handler), std::move(options));
}
Route upgrade(std::string pattern, UpgradeHandler handler, RouteOptions options) {
  return {.method = std::nullopt,
          .pattern = std::move(pattern),
          .action = std::move(handler),
          .options = std::move(options)};
}

Routes::Routes(Route route) { routes_.push_back(std::move(route)); }

Routes::Routes(std::initializer_list<Routes> parts) {
  for (const auto& part : parts) std::ranges::copy(part, std::back_inserter(routes_));
}

Routes scope(const std::string& prefix, const std::vector<Pipeline>& through, Routes routes) {
  for (auto& route : routes.routes_) {
    route.pattern = route.pattern == "/" && !prefix.empty() ? prefix : prefix + route.pattern;
    auto& own = route.options.through;
    own.insert(own.begin(), through.begin(), through.end());
  }
  return routes;
}

}  // namespace coppice::net::http
