#include "net/http/router.hpp"

#include <utility>

namespace coppice::net::http {
namespace {

using Leaves = std::vector<RouteTree::Leaf>;

const RouteTree::Leaf* leaf_for(const Leaves& leaves, Method method) {
  const auto served_by = method == Method::head ? Method::get : method;
  for (const auto& leaf : leaves) {
    if (!leaf.route->method || leaf.route->method == served_by) return &leaf;
  }
  return nullptr;
}

std::string allowed_methods(const Leaves& leaves) {
  std::string allowed;
  for (const auto& leaf : leaves) {
    allowed += to_string(*leaf.route->method);
    allowed += ", ";
    if (leaf.route->method == Method::get) allowed += "HEAD, ";
  }
  return allowed + "OPTIONS";
}

Response answer_without_route(const Leaves& leaves, Method method) {
  auto response = method == Method::options ? Response::empty(Status::no_content)
                                            : Response::error(Status::method_not_allowed);
  response.headers.add("allow", allowed_methods(leaves));
  return response;
}

PathParams name_params(const std::vector<std::string>& names, std::vector<std::string> values) {
  PathParams params;
  params.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    params.emplace_back(names[i], std::move(values[i]));
  }
  return params;
}

}  // namespace

Route get(std::string pattern, Handler handler) {
  return {Method::get, std::move(pattern), std::move(handler)};
}
Route post(std::string pattern, Handler handler) {
  return {Method::post, std::move(pattern), std::move(handler)};
}
Route put(std::string pattern, Handler handler) {
  return {Method::put, std::move(pattern), std::move(handler)};
}
Route patch(std::string pattern, Handler handler) {
  return {Method::patch, std::move(pattern), std::move(handler)};
}
Route del(std::string pattern, Handler handler) {
  return {Method::del, std::move(pattern), std::move(handler)};
}
Route upgrade(std::string pattern, UpgradeHandler handler) {
  return {std::nullopt, std::move(pattern), std::move(handler)};
}

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {
  for (const auto& route : routes_) tree_.insert(route);
}

std::expected<Router::Match, Response> Router::find(Method method, std::string_view path) const {
  if (path == "*") return std::unexpected(Response::empty(Status::no_content));  // the whole server
  const auto segments = split_path(path);
  if (!segments) return std::unexpected(Response::error(Status::bad_request));
  auto found = tree_.find(*segments);
  if (!found) return std::unexpected(Response::error(Status::not_found));
  const auto* leaf = leaf_for(found->leaves, method);
  if (leaf == nullptr) return std::unexpected(answer_without_route(found->leaves, method));
  return Match{leaf->route, name_params(leaf->names, std::move(found->values))};
}

}  // namespace coppice::net::http
