#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/channels/broadcast.hpp"
#include "net/channels/message.hpp"

namespace coppice::net::websocket {
class FrameSink;
}

namespace coppice::net::channels {

class Socket;
struct Membership;

/// Why a channel is over.
enum class EndReason : std::uint8_t {
  left,          ///< The client left.
  closed,        ///< The channel closed itself, or an operator closed it.
  crashed,       ///< It threw, or was reported as crashed.
  replaced,      ///< The client joined the topic anew.
  refused,       ///< Its join was refused.
  disconnected,  ///< The client's connection is over.
};

[[nodiscard]] std::string_view to_string(EndReason reason) noexcept;

/// What is done about a channel that threw.
using CrashHandler = std::function<void(const std::string& topic, std::exception_ptr)>;

/// What becomes of a channel's pushes and broadcasts for a client that reads too slowly. Replies,
/// and the frames that end a channel, always arrive or end the connection.
enum class SlowClients : std::uint8_t {
  close,        ///< All arrive, or the connection is closed with 1013.
  drop_oldest,  ///< The oldest that wait are left out.
  /// Of those that wait with one key, only the latest is sent. The key is the event, or what
  /// Broadcast was given; the oldest are left out where that is not enough.
  keep_latest,
};

/// What a channel may do to its client. Copies refer to the same channel; before its on_join(), and
/// once it or its connection is over, all of it does nothing and returns false.
///
/// Any of these calls may lead to the channel's end: who makes one from outside the channel's own
/// on_join() and on_event() holds a shared_ptr to it meanwhile.
///
/// Thread: the connection's shard.
class Port {
 public:
  /// The topic; stays the same for ever.
  [[nodiscard]] const std::string& topic() const noexcept;

  /// Whether the channel is not over yet.
  [[nodiscard]] bool is_open() const noexcept;

  /// Answers the join. Until then the client's further messages and all broadcasts wait.
  bool accept(const Payload& response = {}) const;

  /// Answers the join; the channel is over.
  bool refuse(const Payload& response) const;

  /// Sends an event to this client alone. Throws std::invalid_argument if @p payload is neither an
  /// object nor binary, and std::length_error if a binary message cannot hold the names.
  bool push(std::string_view event, const Payload& payload) const;

  /// How many bytes a push of that event has beside its payload, if that is JSON. Zero once the
  /// channel is over.
  [[nodiscard]] std::size_t push_overhead(std::string_view event) const;

  /// Bytes that wait for the client, of all its topics. Zero once the channel is over.
  [[nodiscard]] std::size_t queued_bytes() const noexcept;

  /// Passes on a broadcast of the topic: the same bytes for all. Left out for a client whose
  /// serializer cannot express it.
  bool deliver(const Broadcast& broadcast) const;

  /// While one is alive, what is sent to the client waits, and leaves together with its end.
  class Together {
   public:
    explicit Together(const Port& port);
    Together(const Together&) = delete;
    Together& operator=(const Together&) = delete;
    ~Together();

   private:
    std::shared_ptr<websocket::FrameSink> sink_;  // null once the channel is over
  };

  /// What becomes of later pushes and deliveries if the client reads too slowly.
  void set_slow_clients(SlowClients policy) const noexcept;

  /// Ends the channel in good order: the client gets `phx_close`.
  bool close() const;

  /// Ends the channel as crashed: the client gets `phx_error` and rejoins. For a channel whose work
  /// is done elsewhere; one that throws in a call from its socket needs nothing.
  /// @param failure  What it threw, to be reported.
  bool crash(std::exception_ptr failure = nullptr) const;

 private:
  friend class Socket;
  friend class Reply;
  explicit Port(std::shared_ptr<Membership> member) noexcept : member_(std::move(member)) {}

  std::shared_ptr<Membership> member_;
};

/// The right to answer one event, once. May be kept and used later.
class Reply {
 public:
  bool ok(const Payload& response = {}) const { return send("ok", response); }
  bool ok(const boost::json::object& response) const { return ok(Payload::object(response)); }
  bool error(const Payload& response) const { return send("error", response); }
  bool error(const boost::json::object& response) const { return error(Payload::object(response)); }

  /// Any status; clients can listen for their own. Throws std::length_error as Port::push().
  bool send(std::string_view status, const Payload& response) const;

 private:
  friend class Socket;
  Reply(Port port, Field ref) : port_(std::move(port)), ref_(std::move(ref)) {}

  Port port_;
  Field ref_;
};

/// One topic that one client has joined. An exception from on_join or on_event ends this channel
/// alone, with `phx_error` (or, from on_join, the error reply "join crashed").
///
/// Thread: the connection's shard.
class Channel {
 public:
  virtual ~Channel() = default;

  /// The client asks to join. Leads to Port::accept() or Port::refuse(), now or later.
  virtual void on_join(Payload params) = 0;

  /// An event from the client, after accept(). An event that it does not know is a bug of the
  /// client's author; throw.
  virtual void on_event(std::string event, Payload payload, Reply reply) = 0;

  /// The channel is over and is destroyed after this. Its port is dead already.
  virtual void on_end(EndReason reason) noexcept = 0;
};

/// Makes the channels of one connection.
class ChannelFactory {
 public:
  virtual ~ChannelFactory() = default;

  /// A channel for that topic; nullptr if there are no channels for it. Throwing counts as a crash
  /// of the join.
  [[nodiscard]] virtual std::shared_ptr<Channel> open(const std::string& topic, Port port) = 0;

  /// Whose connection it is, for operators; empty for nobody in particular.
  [[nodiscard]] virtual std::string who() const { return {}; }
};

}  // namespace coppice::net::channels
