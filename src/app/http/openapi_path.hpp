#pragma once

#include <string>
#include <string_view>

#include <boost/json/array.hpp>

#include "net/http/method.hpp"

/// What descriptions in OpenAPI 3.1 have in common, whichever API they are of. Thread: any.
namespace coppice::app::http {

/// A route's pattern in the language of OpenAPI, and what it takes from the path.
struct OpenApiPath {
  std::string text;               ///< "/api/posts/{id}"
  boost::json::array parameters;  ///< Parameter Objects.
};

/// @param pattern  As of net::http::Route: "/api/posts/:id<int>".
[[nodiscard]] OpenApiPath openapi_path(std::string_view pattern);

/// A method as the name of an operation: "get".
[[nodiscard]] std::string openapi_method(net::http::Method method);

}  // namespace coppice::app::http
