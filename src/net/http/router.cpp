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

std::vector<Plug> plugs_of(const Route& route) {
  std::vector<Plug> plugs;
  for (const auto& pipeline : route.options.through) {
    plugs.insert(plugs.end(), pipeline.plugs.begin(), pipeline.plugs.end());
  }
  return plugs;
}

}  // namespace

Router::Router(Routes routes, std::vector<Plug> endpoint)
    : routes_(routes.begin(), routes.end()), endpoint_(std::move(endpoint)) {
  for (const auto& route : routes_) {
    tree_.insert(route);
    plugs_.push_back(plugs_of(route));
  }
  for (const auto& route : routes_) {
    if (route.pattern.find_first_of(":*") != std::string::npos) continue;
    const auto segments = split_path(route.pattern);
    const auto found = segments ? tree_.find(*segments) : std::nullopt;
    if (found) literals_.emplace(route.pattern, &found->leaves);
  }
}

std::expected<Router::Match, Response> Router::find(Method method, std::string_view path) const {
  if (path == "*") return std::unexpected(Response::empty(Status::no_content));  // the whole server
  if (const auto literal = literals_.find(path); literal != literals_.end()) {
    return choose(method, *literal->second, {});
  }
  const auto segments = split_path(path);
  if (!segments) return std::unexpected(Response::error(Status::bad_request));
  auto found = tree_.find(*segments);
  if (!found) return std::unexpected(Response::error(Status::not_found));
  return choose(method, found->leaves, std::move(found->values));
}

std::expected<Router::Match, Response> Router::choose(Method method, const Leaves& leaves,
                                                      std::vector<std::string> values) const {
  const auto* leaf = leaf_for(leaves, method);
  if (leaf == nullptr) return std::unexpected(answer_without_route(leaves, method));
  const auto index = static_cast<std::size_t>(leaf->route - routes_.data());
  return Match{leaf->route, &plugs_[index], name_params(leaf->names, std::move(values))};
}

}  // namespace coppice::net::http
