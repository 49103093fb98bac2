#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "actors/timer_wheel.hpp"
#include "net/channels/connect.hpp"

namespace coppice::app::rooms {

/// What clients are closed with when what let them in has ended, and they did not renew it.
inline constexpr auto kTokenExpired = static_cast<net::websocket::CloseCode>(4001);

/// So long before the end a client is told that it comes.
inline constexpr auto kExpiryWarning = std::chrono::seconds(60);

/// Watches over the end of what let a client in: warns before it, closes the connection at it.
///
/// Thread: the connection's shard, on which it is also destroyed.
class TokenExpiry final : private actors::Timer {
 public:
  /// Seconds since 1970.
  using Clock = std::function<std::int64_t()>;
  /// Told how many seconds are left.
  using Warn = std::function<void(std::int64_t seconds)>;

  /// @param ends_at  Nothing for never.
  TokenExpiry(std::weak_ptr<net::channels::Carrier> carrier, std::optional<std::int64_t> ends_at,
              Clock clock);

  /// Has @p warn called when the end is near; at once if it is already.
  void watch(Warn warn);
  void unwatch() noexcept { warn_ = nullptr; }

  /// The client has something else that lets it in until @p ends_at.
  void renew(std::optional<std::int64_t> ends_at);

  [[nodiscard]] std::optional<std::int64_t> ends_at() const noexcept { return ends_at_; }

 private:
  void look();
  void wait(std::int64_t seconds);
  void on_expire() noexcept override;

  const std::weak_ptr<net::channels::Carrier> carrier_;
  const Clock clock_;
  std::optional<std::int64_t> ends_at_;
  Warn warn_;
  bool warned_ = false;
};

}  // namespace coppice::app::rooms
