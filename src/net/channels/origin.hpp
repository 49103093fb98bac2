#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "actors/result.hpp"

namespace coppice::net::channels {

/// The parts of an origin; lower case.
struct Origin {
  std::string scheme;  ///< "https"; empty in a pattern that takes any.
  std::string host;    ///< In a pattern "*.example.com" takes the domain and all below it.
  std::optional<std::uint16_t> port;  ///< Of a known scheme its default, if none was given.

  friend bool operator==(const Origin&, const Origin&) = default;
};

/// Reads an Origin header. Nothing if it has no host ("null").
[[nodiscard]] std::optional<Origin> parse_origin(std::string_view text);

/// Reads a pattern: `https://example.com`, `//other.com:888`, `//*.other.com`.
///
/// Errors: `invalid_argument`; the context shows the pattern.
[[nodiscard]] actors::Result<Origin> parse_origin_pattern(std::string_view text);

/// Which pages may connect. Only browsers say where a page comes from.
class OriginPolicy {
 public:
  /// The origin's host must be this server's public one; scheme and port don't matter.
  [[nodiscard]] static OriginPolicy host(std::string public_host);
  /// Any of the patterns must match. What a pattern leaves out matches anything.
  [[nodiscard]] static OriginPolicy list(std::vector<Origin> patterns);
  /// Scheme, host and port must be those of the request.
  [[nodiscard]] static OriginPolicy same_as_request();
  /// The function decides about the header's value.
  [[nodiscard]] static OriginPolicy function(std::function<bool(std::string_view)> decide);
  /// Everything passes.
  [[nodiscard]] static OriginPolicy any();

  /// Whether a request may go ahead.
  /// @param header   Its Origin header; a request without one always passes.
  /// @param request  What the request itself was sent to.
  [[nodiscard]] bool allows(std::optional<std::string_view> header, const Origin& request) const;

 private:
  struct Host {
    std::string name;
  };
  struct SameAsRequest {};
  struct Any {};
  using Rule = std::variant<Any, Host, std::vector<Origin>, SameAsRequest,
                            std::function<bool(std::string_view)>>;

  explicit OriginPolicy(Rule rule) : rule_(std::move(rule)) {}

  Rule rule_;
};

/// What a request was sent to, from its Host header.
[[nodiscard]] Origin request_origin(std::string_view scheme, std::string_view host_header);

}  // namespace coppice::net::channels
