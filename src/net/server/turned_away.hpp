#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/ip/address.hpp>

#include "actors/place.hpp"
#include "net/connections.hpp"
#include "net/http/status.hpp"
#include "net/io.hpp"
#include "net/tls/handshake.hpp"

namespace coppice::net::server {

/// What a client would have taken too many of.
enum class NoRoom : std::uint8_t {
  connections,             ///< 503
  connections_of_address,  ///< 429: it has all of those that are for it
  descriptors,             ///< 503
};

/// A client who was turned away.
struct Refusal {
  boost::asio::ip::address client;
  NoRoom why;
  http::Status status;
  std::string id;               ///< The answer's `x-request-id`.
  std::string_view listener{};  ///< The listener's place in the tree; empty for none.
};

/// The clients of one shard for whom there is no room: each is told so and has a moment to read it.
/// Closing at once, with the request unread, would reset the connection and take the answer away.
///
/// A client of TLS is told by a handshake first. That costs more than it asks for, so only a few
/// get one at a time; the others are told by an alert.
///
/// Thread: its shard, whose io_context may outlive it.
class TurnedAway {
 public:
  struct Options {
    /// Of these clients alone, so that they take nothing from others; null for plain connections.
    std::shared_ptr<tls::Handshakes> handshakes{};
    std::shared_ptr<Connections> connections{};        ///< Of the shard; for handshakes.
    std::function<void(const Refusal&)> on_refusal{};  ///< Must not throw.
    std::shared_ptr<const actors::Place> listener{};   ///< Whose clients they are; null for none.
  };

  TurnedAway() = default;
  explicit TurnedAway(Options options) : options_(std::move(options)) {}

  /// Tells a client so and closes when it has, or after two seconds. If descriptors are short, or
  /// with many clients at it, closes before it returns: what the client sends later resets the
  /// connection.
  void tell(Socket socket, const boost::asio::ip::address& client, NoRoom why);

  /// How many there have been. Thread: any.
  [[nodiscard]] std::uint64_t count() const noexcept {
    return count_.load(std::memory_order_relaxed);
  }

 private:
  void tell_and_close(Socket socket, const std::string& answer);

  const Options options_;
  // Shared with those who linger, who may be the last to go.
  std::shared_ptr<std::size_t> lingering_ = std::make_shared<std::size_t>(0);
  std::atomic<std::uint64_t> count_{0};
};

}  // namespace coppice::net::server
