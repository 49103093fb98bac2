#include "net/http/cookie.hpp"

#include "net/http/headers.hpp"

namespace coppice::net::http {
namespace {

std::string_view name_of(SameSite same_site) {
  switch (same_site) {
    case SameSite::strict: return "Strict";
    case SameSite::lax: return "Lax";
    case SameSite::none: return "None";
  }
  return "Lax";
}

std::string_view unquoted(std::string_view value) {
  const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  return quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

std::optional<std::string_view> find_cookie(std::string_view header,
                                            std::string_view name) noexcept {
  while (!header.empty()) {
    const auto semicolon = header.find(';');
    const std::string_view pair = header.substr(0, semicolon);
    header =
        semicolon == std::string_view::npos ? std::string_view() : header.substr(semicolon + 1);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || trim(pair.substr(0, equals)) != name) continue;
    return unquoted(trim(pair.substr(equals + 1)));
  }
  return std::nullopt;
}

std::optional<std::string_view> cookie(const Request& request, std::string_view name) noexcept {
  for (const auto header : request.headers) {
    if (!equals_ignoring_case(header.name, "cookie")) continue;
    if (const auto value = find_cookie(header.value, name)) return value;
  }
  return std::nullopt;
}

std::string set_cookie(std::string_view name, std::string_view value,
                       const CookieOptions& options) {
  std::string text = std::string(name) + "=" + std::string(value) + "; path=" + options.path;
  if (!options.domain.empty()) text += "; domain=" + options.domain;
  if (options.max_age) text += "; max-age=" + std::to_string(options.max_age->count());
  text += "; samesite=" + std::string(name_of(options.same_site));
  if (options.secure) text += "; secure";
  if (options.http_only) text += "; httponly";
  return text;
}

}  // namespace coppice::net::http
