#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "actors/pid.hpp"

namespace coppice::net::channels {

class Carrier;
class Socket;

enum class Transport : std::uint8_t { websocket, longpoll };
inline constexpr std::size_t kTransports = 2;

[[nodiscard]] std::string_view to_string(Transport transport) noexcept;

/// As many as websocket::CloseCause has values.
inline constexpr std::size_t kCloseCauses = 8;

/// What the sockets of one shard have done since the start.
/// Thread: written by the shard, with plain stores; read by any.
struct alignas(64) Traffic {
  using Counter = std::atomic<std::uint64_t>;
  std::array<Counter, kTransports> opened{};
  std::array<Counter, kTransports> ended{};
  std::array<std::array<Counter, kCloseCauses>, kTransports> closed{};
  Counter joined{0};    ///< Channels.
  Counter left{0};      ///< Channels that are over, however.
  Counter received{0};  ///< Messages.
  Counter sent{0};      ///< Frames that were handed to the transport.
};

/// Where a socket comes from.
struct SocketOrigin {
  Transport transport = Transport::websocket;
  boost::asio::ip::address address{};  ///< Who asked, or who a trusted proxy says it is.
  actors::Pid actor{};
  std::chrono::system_clock::time_point since{};
  std::weak_ptr<Carrier> carrier{};
};

/// What operators are shown of a socket.
struct SocketInfo {
  actors::Pid actor;
  Transport transport{};
  std::string address;
  std::chrono::system_clock::time_point since;
  std::string user;                 ///< As ChannelFactory::who() says.
  std::vector<std::string> topics;  ///< In order.
  std::size_t queued_bytes = 0;     ///< That wait for the client.
  std::uint64_t received = 0;       ///< Messages.
  std::uint64_t sent = 0;           ///< Frames.
};

/// Names one channel of one socket among all, and is their order.
struct ChannelKey {
  actors::Pid actor{};  ///< The socket's.
  std::string topic{};
  friend auto operator<=>(const ChannelKey&, const ChannelKey&) = default;
};

/// What operators are shown of a channel.
struct ChannelInfo {
  ChannelKey key{};
  Transport transport{};
  std::string user;     ///< As ChannelFactory::who() says.
  std::string type;     ///< The class of the channel, "coppice::app::rooms::RoomChannel".
  bool joined = false;  ///< Otherwise its join is not decided yet.
};

/// Which channels are meant: those for which all hold that is not empty.
struct ChannelQuery {
  std::string prefix{};  ///< What the topic begins with.
  std::string user{};
  actors::Pid actor{};      ///< The socket's.
  ChannelKey after{};       ///< The last one of the page before.
  std::size_t limit = 100;  ///< How many are shown at the most.
};

struct ChannelsFound {
  std::vector<ChannelInfo> channels{};  ///< In the order of their keys.
  std::size_t matching = 0;             ///< With those of other pages.
};

/// The sockets of one shard.
///
/// Thread: the shard's, apart from `traffic`.
class ShardSockets {
 public:
  ShardSockets() = default;
  ShardSockets(const ShardSockets&) = delete;
  ShardSockets& operator=(const ShardSockets&) = delete;

  Traffic traffic;

  [[nodiscard]] std::vector<SocketInfo> list() const;

  /// The channels of all of them. Copies only what it shows, since there may be very many.
  [[nodiscard]] ChannelsFound channels(const ChannelQuery& query) const;

  /// Disconnects the socket of that actor, which its client may take as an invitation to come
  /// again. False if there is none.
  bool close(actors::Pid actor);

  /// Ends one channel of a socket in good order: the client gets `phx_close` and does not join
  /// again by itself. A join that is not decided is refused. False if there is none.
  bool close_channel(const ChannelKey& key);

 private:
  friend class Socket;
  [[nodiscard]] Socket* find(actors::Pid actor) const noexcept;
  void add(Socket& socket) noexcept;
  void remove(Socket& socket) noexcept;

  Socket* first_ = nullptr;
};

/// The sockets of all shards. Thread: any.
class SocketRegister {
 public:
  explicit SocketRegister(std::size_t shards);

  [[nodiscard]] std::size_t shards() const noexcept { return shards_.size(); }
  [[nodiscard]] const std::shared_ptr<ShardSockets>& shard(std::size_t index) const {
    return shards_.at(index);
  }
  /// The calling shard's; null on other threads.
  [[nodiscard]] std::shared_ptr<ShardSockets> here() const noexcept;

 private:
  std::vector<std::shared_ptr<ShardSockets>> shards_;
};

}  // namespace coppice::net::channels
