#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"
#include "net/http/request.hpp"

namespace coppice::app::http {

/// The query parameters of a request. What is of the wrong kind is an error that names it; what is
/// unknown is ignored, as links carry parameters of other people's, unless allow_only() is asked.
class QueryParameters {
 public:
  explicit QueryParameters(const net::http::Request& request) : params_(request.query) {}

  /// Errors: invalid_argument for a parameter that is not among @p known.
  [[nodiscard]] actors::Result<void> allow_only(
      std::initializer_list<std::string_view> known) const;

  /// For parameters that would change the answer if they were served: who gives one and gets an
  /// answer without it is misled. Errors: invalid_argument.
  [[nodiscard]] actors::Result<void> refuse(std::initializer_list<std::string_view> unserved) const;

  /// The value, or the empty string. Errors: invalid_argument if it was given as a list or map, or
  /// more than once: nobody can tell which is meant.
  [[nodiscard]] actors::Result<std::string> text(std::string_view name) const;

  /// All values: `tag=a&tag=b`, or `tag[]=a&tag[]=b`. Errors: invalid_argument for a map, and for
  /// both forms at once.
  [[nodiscard]] actors::Result<std::vector<std::string>> texts(std::string_view name) const;

 private:
  net::http::Params params_;
};

}  // namespace coppice::app::http
