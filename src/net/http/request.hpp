#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http/headers.hpp"
#include "net/http/method.hpp"
#include "net/http/query.hpp"
#include "net/listener.hpp"

namespace coppice::net::http {

/// What a route's pattern matched: ("slug", "hello-world").
using PathParams = std::vector<std::pair<std::string, std::string>>;

/// One whole request, well-formed by the rules of RFC 9112 and within the limits.
struct Request {
  Method method = Method::get;
  std::string target;      ///< As it was sent: "/api/posts/a%20b?draft=1".
  std::string path;        ///< The target's path, still encoded: "/api/posts/a%20b".
  Params query;            ///< Decoded.
  PathParams path_params;  ///< Decoded; filled by the router.
  Headers headers;
  std::string body;
  Peer peer;
  bool http_1_0 = false;
  bool keep_alive = true;  ///< The client lets the connection be used again.

  /// The path parameter of that name; empty if the route has none such.
  [[nodiscard]] std::string_view path_param(std::string_view name) const noexcept;

  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept {
    return headers.get(name);
  }
};

/// How handlers get it: shared, so that it lives as long as the slowest of its users.
using RequestPtr = std::shared_ptr<const Request>;

}  // namespace coppice::net::http
