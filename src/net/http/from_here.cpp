#include "net/http/from_here.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "net/address_range.hpp"

namespace coppice::net::http {
namespace {

// What proxies, content networks and tunnels add.
constexpr std::array<std::string_view, 8> kForwarding = {
    "forwarded",           "via",
    "x-real-ip",           "x-client-ip",
    "x-cluster-client-ip", "true-client-ip",
    "x-original-host",     "x-envoy-external-address"};
constexpr std::array<std::string_view, 3> kForwardingFamilies = {"x-forwarded-", "cf-", "fly-"};

bool says_forwarded(std::string_view name) {
  const auto is_name = [name](std::string_view known) { return equals_ignoring_case(name, known); };
  const auto is_of = [name](std::string_view family) {
    return equals_ignoring_case(name.substr(0, family.size()), family);
  };
  return std::ranges::any_of(kForwarding, is_name) ||
         std::ranges::any_of(kForwardingFamilies, is_of);
}

/// "localhost:4000" without its port, "[::1]:4000" without its brackets.
std::string_view name_in(std::string_view host) {
  if (host.starts_with('[')) return host.substr(1, host.find(']') - 1);
  return host.substr(0, host.find(':'));
}

bool names_this_machine(std::string_view host) {
  const auto name = name_in(host);
  if (equals_ignoring_case(name, "localhost")) return true;
  const auto address = parse_address(name);
  return address && address->is_loopback();
}

/// Whether no page made the request, or one of the host that it is for.
bool is_of_this_site(const Request& request, std::string_view host) {
  const auto site = request.header("sec-fetch-site").value_or("none");
  if (site != "none" && site != "same-origin") return false;
  const auto origin = request.header("origin");
  if (!origin) return true;
  const auto scheme = origin->find("://");
  return scheme != std::string_view::npos && equals_ignoring_case(origin->substr(scheme + 3), host);
}

}  // namespace

bool is_from_here(const Request& request) {
  if (!request.peer.address.is_loopback()) return false;
  if (request.headers.count("host") != 1) return false;
  const auto host = *request.header("host");
  if (!names_this_machine(host) || !is_of_this_site(request, host)) return false;
  return std::ranges::none_of(request.headers,
                              [](const auto& header) { return says_forwarded(header.name); });
}

}  // namespace coppice::net::http
