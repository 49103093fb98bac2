#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http/request.hpp"

namespace coppice::net::http {

/// The value of the request's cookie of that name, as it was sent; the first one if there are more.
/// What is malformed in a Cookie header is skipped, as RFC 6265 has it.
[[nodiscard]] std::optional<std::string_view> cookie(const Request& request,
                                                     std::string_view name) noexcept;

/// The same in one Cookie header's value.
[[nodiscard]] std::optional<std::string_view> find_cookie(std::string_view header,
                                                          std::string_view name) noexcept;

/// With which requests from other sites a browser sends a cookie.
enum class SameSite : std::uint8_t { strict, lax, none };

/// Where a cookie goes, and for how long.
struct CookieOptions {
  std::string path = "/";
  std::string domain{};  ///< Empty: the host that sets it, alone.
  /// Zero removes the cookie; nothing lets it end with the browser.
  std::optional<std::chrono::seconds> max_age{};
  SameSite same_site = SameSite::lax;
  bool secure = false;    ///< Over HTTPS only.
  bool http_only = true;  ///< Not for scripts.
};

/// The value of a Set-Cookie header. @pre Name, value and the options' texts are of the characters
/// that RFC 6265 lets them have; they are our own.
[[nodiscard]] std::string set_cookie(std::string_view name, std::string_view value,
                                     const CookieOptions& options);

}  // namespace coppice::net::http
