#pragma once

#include <memory>

#include "net/http/plug.hpp"
#include "net/rate_limiter.hpp"

namespace coppice::net::http::plugs {

/// Answers 429 with `retry-after` to a client that asks too often: by Request::client, where all
/// addresses of an IPv6 /64 are one client, as whoever has one has all of them. Several plugs may
/// share a limiter.
[[nodiscard]] Plug rate_limit(std::shared_ptr<RateLimiter> limiter);

/// What a limiter knows a client by.
[[nodiscard]] std::uint64_t client_key(const boost::asio::ip::address& address) noexcept;

/// 429, or 503, with `retry-after` in whole seconds, at least one.
[[nodiscard]] Response come_back_later(Status status, actors::Duration wait);

}  // namespace coppice::net::http::plugs
