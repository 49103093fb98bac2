#include "net/channels/origin.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace coppice::net::channels {
namespace {

constexpr std::string_view kAnySubdomain = "*.";

std::string lower(std::string_view text) {
  std::string lowered(text);
  std::ranges::transform(lowered, lowered.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lowered;
}

std::optional<std::uint16_t> default_port(std::string_view scheme) {
  if (scheme == "http" || scheme == "ws") return 80;
  if (scheme == "https" || scheme == "wss") return 443;
  return std::nullopt;
}

bool is_host_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
         std::string_view("-._~*:[]").contains(c) || static_cast<unsigned char>(c) >= 0x80;
}

/// Where the port's colon is; those inside an IPv6 literal don't count.
std::size_t find_port_colon(std::string_view authority) {
  const auto bracket = authority.find(']');
  return authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
}

/// Reads "host" or "host:port".
bool read_authority(std::string_view text, Origin& origin) {
  const auto colon = find_port_colon(text);
  origin.host = lower(text.substr(0, colon));
  if (origin.host.empty() || !std::ranges::all_of(origin.host, is_host_character)) return false;
  origin.port = default_port(origin.scheme);
  if (colon == std::string_view::npos) return true;
  const auto digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto* end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, port);
  origin.port = port;
  return parsed.ec == std::errc() && parsed.ptr == end;
}

/// Reads "scheme://authority" or "//authority".
std::optional<Origin> read_origin(std::string_view text) {
  const auto slashes = text.find("//");
  if (slashes == std::string_view::npos) return std::nullopt;
  auto scheme = text.substr(0, slashes);
  if (!scheme.empty()) {
    if (!scheme.ends_with(':') || scheme.size() == 1) return std::nullopt;
    scheme.remove_suffix(1);
  }
  Origin origin;
  origin.scheme = lower(scheme);
  auto authority = text.substr(slashes + 2);
  if (authority.ends_with('/')) authority.remove_suffix(1);
  if (!read_authority(authority, origin)) return std::nullopt;
  return origin;
}

bool host_matches(std::string_view pattern, std::string_view host) {
  if (!pattern.starts_with(kAnySubdomain)) return pattern == host;
  const auto domain = pattern.substr(kAnySubdomain.size());
  return host == domain || host.ends_with(pattern.substr(1));
}

bool matches(const Origin& pattern, const Origin& origin) {
  return (pattern.scheme.empty() || pattern.scheme == origin.scheme) &&
         (!pattern.port || pattern.port == origin.port) && host_matches(pattern.host, origin.host);
}

}  // namespace

std::optional<Origin> parse_origin(std::string_view text) {
  auto origin = read_origin(text);
  if (!origin || origin->host.contains('*')) return std::nullopt;
  return origin;
}

actors::Result<Origin> parse_origin_pattern(std::string_view text) {
  auto pattern = read_origin(text);
  const auto stars = pattern ? std::ranges::count(pattern->host, '*') : 0;
  const bool fits = stars == 0 || (stars == 1 && pattern->host.starts_with(kAnySubdomain));
  if (!pattern || !fits) {
    return actors::fail(actors::Errc::invalid_argument,
                        "\"" + std::string(text) +
                            "\" is not an origin such as https://example.com, //example.com:888 "
                            "or //*.example.com");
  }
  return *std::move(pattern);
}

OriginPolicy OriginPolicy::host(std::string public_host) {
  return OriginPolicy(Host{lower(public_host)});
}
OriginPolicy OriginPolicy::list(std::vector<Origin> patterns) {
  return OriginPolicy(std::move(patterns));
}
OriginPolicy OriginPolicy::same_as_request() { return OriginPolicy(SameAsRequest()); }
OriginPolicy OriginPolicy::function(std::function<bool(std::string_view)> decide) {
  return OriginPolicy(std::move(decide));
}
OriginPolicy OriginPolicy::any() { return OriginPolicy(Any()); }

bool OriginPolicy::allows(std::optional<std::string_view> header, const Origin& request) const {
  if (!header || std::holds_alternative<Any>(rule_)) return true;
  if (const auto* decide = std::get_if<std::function<bool(std::string_view)>>(&rule_)) {
    return (*decide)(*header);
  }
  const auto origin = parse_origin(*header);
  if (!origin) return false;
  if (const auto* host = std::get_if<Host>(&rule_)) return origin->host == host->name;
  if (const auto* patterns = std::get_if<std::vector<Origin>>(&rule_)) {
    return std::ranges::any_of(*patterns,
                               [&](const Origin& pattern) { return matches(pattern, *origin); });
  }
  return *origin == request;
}

Origin request_origin(std::string_view scheme, std::string_view host_header) {
  Origin origin;
  origin.scheme = lower(scheme);
  if (!read_authority(host_header, origin)) return {};
  return origin;
}

}  // namespace coppice::net::channels
