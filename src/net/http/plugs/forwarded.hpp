#pragma once

#include <string>
#include <vector>

#include "net/address_range.hpp"
#include "net/http/plug.hpp"

namespace coppice::net::http::plugs {

struct ForwardedOptions {
  /// Proxies whose word is taken. Whoever else sends these headers is not believed.
  std::vector<AddressRange> trusted{};
  /// Where they say who asked. With `x-forwarded-for` the client is the last address that is no
  /// trusted proxy's; any other, as Fly's `fly-client-ip`, has the client's alone.
  std::string header = "x-forwarded-for";
};

/// Finds out who asked, and whether by HTTPS (`x-forwarded-proto`): Request::client and
/// Request::secure. For the endpoint, in front of whatever goes by these.
[[nodiscard]] Plug forwarded(ForwardedOptions options);

}  // namespace coppice::net::http::plugs
