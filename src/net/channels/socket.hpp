#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/result.hpp"
#include "net/channels/channel.hpp"
#include "net/channels/membership.hpp"
#include "net/channels/message.hpp"
#include "net/channels/serializer.hpp"
#include "net/channels/shard_sockets.hpp"
#include "net/websocket/frame.hpp"
#include "net/websocket/frame_sink.hpp"
#include "net/websocket/session.hpp"
#include "net/websocket/shed.hpp"

namespace coppice::net::channels {

using websocket::FrameSink;

/// One client's connection as Phoenix Channels see it: which topics it has joined, and what becomes
/// of each message. Knows no transport.
///
/// A channel that takes its time to accept a join holds up only its own topic: the client's
/// messages for it wait, and are handled in order once it has decided.
///
/// Thread: the connection's shard.
class Socket {
 public:
  struct Options {
    Version version = Version::v2;
    std::size_t max_channels = 100;
    /// Bytes of messages that may wait for joins to be decided, over all topics.
    std::size_t max_waiting_bytes = std::size_t{1} * 1024 * 1024;
    /// A channel threw. Called before it is told that it is over; null or empty for nobody. Shared,
    /// as there is a socket for each connection.
    std::shared_ptr<const CrashHandler> on_crash{};
    /// Where it is counted and listed; null for nowhere.
    std::shared_ptr<ShardSockets> shard{};
    SocketOrigin origin{};
  };

  [[nodiscard]] static std::shared_ptr<Socket> make(std::shared_ptr<ChannelFactory> factory,
                                                    std::shared_ptr<FrameSink> sink,
                                                    Options options);

 private:
  struct Key {};

 public:
  Socket(Key key, std::shared_ptr<ChannelFactory> factory, std::shared_ptr<FrameSink> sink,
         Options options);
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket();

  /// Handles a text or binary frame.
  ///
  /// Errors: `malformed` or `unsupported`, for which the connection must be closed with 1011;
  /// `overloaded` if too much waits for undecided joins, for which it is closed with 1013.
  [[nodiscard]] actors::Result<void> receive_text(std::string_view text);
  [[nodiscard]] actors::Result<void> receive_binary(std::string_view bytes);

  /// The connection is over: so are all channels. Sends nothing; idempotent.
  void disconnect() noexcept;
  /// The same, and counts why.
  void disconnect(websocket::CloseCause cause) noexcept;

  [[nodiscard]] SocketInfo info() const;

  /// In words: "websocket of user 42, 3 topics joined, 0 B wait". Those that are being
  /// joined are counted with the others.
  [[nodiscard]] std::string describe() const;

  /// How many topics are joined or being joined.
  [[nodiscard]] std::size_t channel_count() const noexcept { return members_.size(); }

 private:
  friend class Port;
  friend class Reply;
  friend class ShardSockets;

  [[nodiscard]] actors::Result<void> receive(actors::Result<Message> message);
  void route(Message message);
  void route_to_channel(const MembershipPtr& member, Message message);
  void wait(Membership& member, Message message);
  void handle(std::vector<Message> waiting);
  void join(Message message);
  void open(Message message, std::optional<websocket::Frame> predecessors_close);
  void leave(const MembershipPtr& member, const Message& message);
  void pass_event(const MembershipPtr& member, Message message);
  void answer_unmatched(const Message& message);

  [[nodiscard]] std::shared_ptr<Channel> detach(Membership& member) noexcept;
  void end(const MembershipPtr& member, EndReason reason, std::string_view event);
  void end_join(const MembershipPtr& member, const Payload& error, EndReason reason);
  [[nodiscard]] websocket::Frame ending_frame(const Membership& member,
                                              std::string_view event) const;
  [[nodiscard]] websocket::Frame reply_frame(const Field& join_ref, const Field& ref,
                                             const Field& topic, std::string_view status,
                                             const Payload& response) const;

  // What ports do; the member is one of this socket's.
  bool accept(const MembershipPtr& member, const Payload& response);
  bool refuse(const MembershipPtr& member, const Payload& response);
  bool push(const MembershipPtr& member, std::string_view event, const Payload& payload);
  [[nodiscard]] std::size_t push_overhead(const Membership& member, std::string_view event) const;
  [[nodiscard]] std::size_t queued_bytes() const noexcept { return sink_->queued_bytes(); }
  bool deliver(const MembershipPtr& member, const Broadcast& broadcast);
  bool reply(const MembershipPtr& member, const Field& ref, std::string_view status,
             const Payload& response);
  bool close(const MembershipPtr& member);
  void fail(const MembershipPtr& member, std::exception_ptr failure);
  void send(const MembershipPtr& member, const websocket::Frame& frame,
            websocket::Shed shed = websocket::Shed::never());
  void transmit(const websocket::Frame& frame, websocket::Shed shed = websocket::Shed::never());
  void count(std::atomic<std::uint64_t> Traffic::* what) noexcept;

  /// Counts the channels of this socket that are meant, and adds those that are to be shown.
  void find_channels(const ChannelQuery& query, ChannelsFound& found) const;
  [[nodiscard]] ChannelInfo info_of(const Membership& member) const;

  std::shared_ptr<ChannelFactory> factory_;
  std::shared_ptr<FrameSink> sink_;
  Options options_;
  std::unordered_map<std::string_view, MembershipPtr> members_;  // by the member's topic
  std::size_t waiting_bytes_ = 0;
  bool disconnected_ = false;
  std::uint64_t received_ = 0;
  std::uint64_t sent_ = 0;
  Socket* previous_ = nullptr;  // in the shard's list, and so the next
  Socket* next_ = nullptr;
};

}  // namespace coppice::net::channels
