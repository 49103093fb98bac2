#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"
#include "net/http/request.hpp"

namespace coppice::app::http {

/// The query parameters of a request, taken strictly: what is unknown or of the wrong kind is an
/// error that names it, never ignored.
class QueryParameters {
 public:
  /// Errors: invalid_argument for a parameter that is not among @p known.
  [[nodiscard]] static actors::Result<QueryParameters> of(
      const net::http::Request& request, std::initializer_list<std::string_view> known);

  /// The value, or the empty string. Errors: invalid_argument if it was given as a list or map.
  [[nodiscard]] actors::Result<std::string> text(std::string_view name) const;

  /// All values: `tag=a`, or `tag[]=a&tag[]=b`. Errors: invalid_argument for a map.
  [[nodiscard]] actors::Result<std::vector<std::string>> texts(std::string_view name) const;

 private:
  explicit QueryParameters(const net::http::Params& params) : params_(params) {}

  net::http::Params params_;
};

}  // namespace coppice::app::http
