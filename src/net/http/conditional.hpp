#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "net/http/request.hpp"
#include "net/http/response.hpp"

namespace coppice::net::http {

/// What tells one state of a resource from another.
struct Validators {
  /// With its quotes: `"7-1234"`, or `W/"…"`. Empty for none.
  std::string etag{};
  std::optional<std::time_t> modified{};
};

/// What a request's If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since make of it,
/// in the order of RFC 9110: 412, or 304 with the validators, or nothing: go ahead.
///
/// Entity tags compare weakly, in If-Match too: ours name the state of a resource, and a compressed
/// answer has had its tag marked as weak on the way.
[[nodiscard]] std::optional<Response> check_preconditions(const Request& request,
                                                          const Validators& validators);

/// Adds `etag` and `last-modified`.
void add_validators(Response& response, const Validators& validators);

/// Whether a header that lists entity tags, on one line or several, names this one, which is with
/// its quotes, or all. False without such a header.
[[nodiscard]] bool matches_etag(const Request& request, std::string_view header,
                                std::string_view etag);

/// Whether a list of entity tags, or `*`, holds this one.
[[nodiscard]] bool matches_etag(std::string_view list, std::string_view etag) noexcept;

}  // namespace coppice::net::http
