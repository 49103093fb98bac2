#pragma once

#include <cstddef>
#include <cstdint>
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
#include "net/channels/message.hpp"
#include "net/channels/serializer.hpp"
#include "net/websocket/frame.hpp"

namespace coppice::net::channels {

/// Where a socket's frames go: a WebSocket, or the messages of a long poll.
class FrameSink {
 public:
  virtual ~FrameSink() = default;

  /// Must not call back into the socket.
  virtual void send(const websocket::Frame& frame) = 0;
};

/// One client's connection as Phoenix Channels see it: which topics it has joined, and what becomes
/// of each message. Knows no transport.
///
/// A channel that takes its time to accept a join holds up only its own topic: the client's
/// messages for it wait, and are handled in order once it has decided.
///
/// Thread: the connection's shard.
class Socket : public std::enable_shared_from_this<Socket> {
 public:
  struct Options {
    Version version = Version::v2;
    std::size_t max_channels = 100;
    /// Bytes of messages that may wait for joins to be decided, over all topics.
    std::size_t max_waiting_bytes = std::size_t{1} * 1024 * 1024;
    /// A channel threw. Called before it is told that it is over.
    std::function<void(const std::string& topic, std::exception_ptr)> on_crash;
  };

  [[nodiscard]] static std::shared_ptr<Socket> make(std::shared_ptr<ChannelFactory> factory,
                                                    std::shared_ptr<FrameSink> sink,
                                                    Options options);
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  /// Handles a text or binary frame.
  ///
  /// Errors: `malformed` or `unsupported`, for which the connection must be closed with 1011;
  /// `overloaded` if too much waits for undecided joins, for which it is closed with 1013.
  [[nodiscard]] actors::Result<void> receive_text(std::string_view text);
  [[nodiscard]] actors::Result<void> receive_binary(std::string_view bytes);

  /// The connection is over: so are all channels. Sends nothing; idempotent.
  void disconnect() noexcept;

  /// How many topics are joined or being joined.
  [[nodiscard]] std::size_t channel_count() const noexcept { return entries_.size(); }

 private:
  friend class Port;
  friend class Reply;

  struct Entry {
    std::uint64_t serial = 0;  // tells a topic's channels apart
    std::shared_ptr<Channel> channel;
    Field join_ref;        // as joined; what messages must match
    Field shown_join_ref;  // on replies and pushes: of a join without one, its ref
    Field ref;             // of the join, until it is answered
    bool joined = false;
    std::vector<Message> waiting;        // messages that came before the join was answered
    std::vector<websocket::Frame> held;  // frames that must follow the join's good answer
    std::optional<websocket::Frame> predecessors_close;  // follows any answer
  };

  Socket(std::shared_ptr<ChannelFactory> factory, std::shared_ptr<FrameSink> sink, Options options);

  [[nodiscard]] actors::Result<void> receive(actors::Result<Message> message);
  void route(Message message);
  void route_to_channel(const std::string& topic, Entry& entry, Message message);
  void wait(Entry& entry, Message message);
  void handle(std::vector<Message> waiting);
  void join(Message message);
  void open(Message message, std::optional<websocket::Frame> predecessors_close);
  void leave(const std::string& topic, const Entry& entry, const Message& message);
  void pass_event(const std::string& topic, const Entry& entry, Message message);
  void answer_unmatched(const Message& message);

  [[nodiscard]] Entry* find(const std::string& topic, std::uint64_t serial) noexcept;
  [[nodiscard]] Entry take(const std::string& topic);
  void end(const std::string& topic, EndReason reason, std::string_view event);
  void fail(const std::string& topic, std::uint64_t serial, std::exception_ptr failure);
  void end_join(Entry entry, const websocket::Frame& answer, EndReason reason);
  [[nodiscard]] websocket::Frame ending_frame(const std::string& topic, const Entry& entry,
                                              std::string_view event) const;
  [[nodiscard]] websocket::Frame reply_frame(const Field& join_ref, const Field& ref,
                                             const Field& topic, std::string_view status,
                                             const Payload& response) const;

  // What ports do.
  bool accept(const std::string& topic, std::uint64_t serial, const Payload& response);
  bool refuse(const std::string& topic, std::uint64_t serial, const Payload& response);
  bool push(const std::string& topic, std::uint64_t serial, std::string_view event,
            const Payload& payload);
  bool deliver(const std::string& topic, std::uint64_t serial, const Broadcast& broadcast);
  bool reply(const std::string& topic, std::uint64_t serial, const Field& ref,
             std::string_view status, const Payload& response);
  bool close(const std::string& topic, std::uint64_t serial);
  bool crash(const std::string& topic, std::uint64_t serial);
  void send(const std::string& topic, Entry& entry, const websocket::Frame& frame);

  std::shared_ptr<ChannelFactory> factory_;
  std::shared_ptr<FrameSink> sink_;
  Options options_;
  std::unordered_map<std::string, Entry> entries_;
  std::uint64_t last_serial_ = 0;
  std::size_t waiting_bytes_ = 0;
  bool disconnected_ = false;
};

}  // namespace coppice::net::channels
