#include "net/http/plugs/forwarded.hpp"

#include <memory>
#include <ranges>
#include <string_view>
#include <utility>

namespace coppice::net::http::plugs {
namespace {

constexpr std::string_view kForwardedFor = "x-forwarded-for";

/// "192.0.2.1", "192.0.2.1:443", "[2001:db8::1]:443": proxies write all of these.
std::optional<boost::asio::ip::address> address_in(std::string_view text) {
  if (text.starts_with('[')) return parse_address(text.substr(1, text.find(']') - 1));
  const auto colon = text.find(':');
  const bool has_port = colon != std::string_view::npos && text.find(':', colon + 1) == text.npos;
  return parse_address(has_port ? text.substr(0, colon) : text);
}

/// From the last hop to the first, as far as each is trusted. What can't be read ends it.
void follow_hops(const ForwardedOptions& options, Request& request) {
  std::vector<std::string_view> hops;
  for (const auto header : request.headers) {
    if (!equals_ignoring_case(header.name, kForwardedFor)) continue;
    for (const auto hop : split_list(header.value)) hops.push_back(hop);
  }
  for (const auto hop : std::views::reverse(hops)) {
    const auto address = address_in(hop);
    if (!address) return;
    request.client = *address;
    if (!contains(options.trusted, *address)) return;
  }
}

void take_only_address(const ForwardedOptions& options, Request& request) {
  if (request.headers.count(options.header) != 1) return;
  if (const auto address = address_in(*request.header(options.header))) request.client = *address;
}

/// What the nearest proxy says: the last element, since those before it may be anybody's.
bool is_https(const Request& request) {
  return equals_ignoring_case(last_listed(request.headers, "x-forwarded-proto"), "https");
}

}  // namespace

Plug forwarded(ForwardedOptions options) {
  return {.name = "forwarded",
          .before = [options = std::move(options)](Request& request) -> std::optional<Response> {
            if (options.trusted.empty() || !contains(options.trusted, request.peer.address)) {
              return std::nullopt;
            }
            if (equals_ignoring_case(options.header, kForwardedFor)) {
              follow_hops(options, request);
            } else {
              take_only_address(options, request);
            }
            request.secure = request.secure || is_https(request);
            return std::nullopt;
          }};
}

}  // namespace coppice::net::http::plugs
