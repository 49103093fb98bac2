#pragma once

#include <optional>
#include <string>
#include <vector>

#include "actors/result.hpp"
#include "net/http/plug.hpp"

namespace coppice::net::http::plugs {

struct CorsOptions {
  /// Whose pages may read answers: patterns as channels::parse_origin_pattern() takes them. Nothing
  /// for everybody's, which then come without cookies.
  std::optional<std::vector<std::string>> origins{};
  /// Headers of answers that scripts may read, beside those that the standard lists.
  std::string exposed = "etag, link, location, retry-after, x-request-id";
  /// Paths whose handlers answer preflights by themselves.
  std::vector<std::string> left_alone{};
  std::string max_age =
      "7200";  ///< Seconds for which browsers remember a preflight; Chrome's most.
};

/// Cross-origin requests by the Fetch standard. A listed origin is answered by its own name, with
/// `vary: origin`, and may send cookies; `*` never comes with credentials. Preflights are answered
/// here, whatever their route; those of strangers with nothing that lets them go on. For the
/// endpoint.
///
/// Errors: invalid_argument for a malformed pattern.
[[nodiscard]] actors::Result<Plug> cors(CorsOptions options);

}  // namespace coppice::net::http::plugs
