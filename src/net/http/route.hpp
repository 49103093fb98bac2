#pragma once

#include <any>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "net/http/handler.hpp"
#include "net/http/method.hpp"
#include "net/http/plug.hpp"
#include "net/http/status.hpp"

namespace coppice::net::http {

/// What a route says of itself to whoever makes documents from routes: a value of a type that he
/// defines, or nothing. Copies share it.
class Docs {
 public:
  Docs() = default;
  template <class T>
    requires(!std::same_as<std::remove_cvref_t<T>, Docs>)
  Docs(T value)  // NOLINT(google-explicit-constructor): `.docs = list_operation()`
      : value_(std::make_shared<const std::any>(std::move(value))) {}

  [[nodiscard]] bool has_value() const noexcept { return value_ != nullptr; }
  /// The value, if it is a T.
  template <class T>
  [[nodiscard]] const T* get() const noexcept {
    return std::any_cast<T>(value_.get());
  }

 private:
  std::shared_ptr<const std::any> value_;
};

/// What a route says about itself beside its path and handler.
struct RouteOptions {
  /// One sentence for documentation: "Published posts, newest first".
  std::string summary{};
  /// Pipelines and plugs of this route alone, behind those of its scopes.
  std::vector<Pipeline> through{};
  /// The largest body that is taken; a larger one is answered 413. Nothing for the server's limit.
  std::optional<std::size_t> max_body_bytes{};
  /// What a larger one is answered instead of 413, with an empty body.
  std::optional<Status> too_large{};
  Docs docs{};
};

/// One line of the routing table. Made by get(), post() and the like.
struct Route {
  std::optional<Method> method;  ///< None for a route that takes every method.
  std::string pattern;
  std::variant<Handler, PlainHandler, UpgradeHandler> action;
  RouteOptions options{};  ///< `through` has the scopes' pipelines in front.
};

/// Routes in the order in which they were written, out of single ones and whole scopes.
class Routes {
 public:
  Routes() = default;
  // NOLINTBEGIN(google-explicit-constructor): a table is written as a list of routes and scopes
  Routes(Route route);
  Routes(std::vector<Route> routes) : routes_(std::move(routes)) {}
  Routes(std::initializer_list<Routes> parts);
  // NOLINTEND(google-explicit-constructor)

  [[nodiscard]] std::size_t size() const noexcept { return routes_.size(); }
  [[nodiscard]] auto begin() const noexcept { return routes_.begin(); }
  [[nodiscard]] auto end() const noexcept { return routes_.end(); }

 private:
  friend Routes scope(const std::string& prefix, const std::vector<Pipeline>& through,
                      Routes routes);

  std::vector<Route> routes_;
};

/// How a route is answered: by a coroutine, or, if it waits for nothing, by a plain function.
using AnyHandler = std::variant<Handler, PlainHandler>;

[[nodiscard]] Route get(std::string pattern, AnyHandler handler, RouteOptions options = {});
[[nodiscard]] Route post(std::string pattern, AnyHandler handler, RouteOptions options = {});
[[nodiscard]] Route put(std::string pattern, AnyHandler handler, RouteOptions options = {});
[[nodiscard]] Route patch(std::string pattern, AnyHandler handler, RouteOptions options = {});
[[nodiscard]] Route del(std::string pattern, AnyHandler handler, RouteOptions options = {});
/// For every method, OPTIONS included: the handler tells them apart.
[[nodiscard]] Route any(std::string pattern, AnyHandler handler, RouteOptions options = {});
[[nodiscard]] Route upgrade(std::string pattern, UpgradeHandler handler, RouteOptions options = {});

/// The routes with @p prefix before their patterns and @p through before their own pipelines.
/// A route "/" of a scope "/api" is "/api".
///
///     scope("/api", {json}, {
///       get("/posts", list_posts),
///       scope("/admin", {require(Role::admin)}, {get("/users", list_users)}),
///     })
[[nodiscard]] Routes scope(const std::string& prefix, const std::vector<Pipeline>& through,
                           Routes routes);

}  // namespace coppice::net::http
