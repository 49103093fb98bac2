#include "net/http/plugs/rate_limit.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace coppice::net::http::plugs {

Plug rate_limit(std::shared_ptr<RateLimiter> limiter) {
  return {.name = "rate_limit",
          .before = [limiter = std::move(limiter)](Request& request) -> std::optional<Response> {
            const auto wait = limiter->refuse(client_key(request.client), request.received_at);
            if (!wait) return std::nullopt;
            return come_back_later(Status::too_many_requests, *wait);
          }};
}

std::uint64_t client_key(const boost::asio::ip::address& address) noexcept {
  constexpr std::size_t kNetworkBytes = 8;
  std::uint64_t key = 0;
  if (address.is_v4()) return address.to_v4().to_uint();
  const auto bytes = address.to_v6().to_bytes();
  for (std::size_t i = 0; i < kNetworkBytes; ++i) key = (key << 8U) | bytes.at(i);
  return key;
}

Response come_back_later(Status status, actors::Duration wait) {
  auto response = Response::error(status);
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  response.headers.set("retry-after", std::to_string(std::max<decltype(seconds)>(seconds, 1)));
  return response;
}

}  // namespace coppice::net::http::plugs
