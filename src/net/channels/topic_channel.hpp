#pragma once

#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "actors/pid.hpp"
#include "actors/presence/roster.hpp"
#include "actors/pubsub/hub.hpp"
#include "actors/time.hpp"
#include "net/channels/broadcast.hpp"
#include "net/channels/channel.hpp"
#include "net/channels/channel_timers.hpp"
#include "net/channels/event_table.hpp"

namespace coppice::net::channels {

/// What the channels of one client need, and what they share. Derive from it what else is known of
/// a client. Constant while the connection is open.
struct ClientContext {
  std::shared_ptr<actors::pubsub::Hub> hub;
  std::shared_ptr<actors::presence::Roster> roster;  ///< Null where nobody is ever present.
  actors::Pid connection;                            ///< The actor behind the connection.
};

/// What every TopicChannel can do; see there. The functions below are a channel's own to call, from
/// join() on; once it is over, what is meant for its client does nothing.
///
/// Thread: the connection's shard.
class TopicChannelBase : public Channel, public std::enable_shared_from_this<TopicChannelBase> {
 public:
  TopicChannelBase(Port port, std::shared_ptr<const ClientContext> client);

  [[nodiscard]] const std::string& topic() const noexcept { return port_.topic(); }

 protected:
  // -- answering the join ------------------------------------------------------------------------
  /// Lets the client in; from here on the channel gets what is broadcast to its topic. May be
  /// called after join() has returned: what the client sends meanwhile waits, and is handled before
  /// this returns. So what the handlers need is made first, and the channel may be over then.
  void accept(const Payload& response = {});
  void accept(const boost::json::object& response) { accept(Payload::object(response)); }

  void refuse(const Payload& response) { port_.refuse(response); }
  void refuse(const boost::json::object& response) { refuse(Payload::object(response)); }

  /// Subscribes to the topic before accept() does: for what must be complete from a point in time
  /// before the answer. What is broadcast meanwhile reaches the client after it.
  void listen();

  // -- sending -----------------------------------------------------------------------------------
  /// To this client.
  void push(std::string_view event, const Payload& payload = {}) { port_.push(event, payload); }
  void push(std::string_view event, const boost::json::object& payload) {
    push(event, Payload::object(payload));
  }

  /// To all who have joined the topic, this client included.
  void broadcast(std::string event, Payload payload = {});
  void broadcast(std::string event, const boost::json::object& payload) {
    broadcast(std::move(event), Payload::object(payload));
  }

  /// The same with the key of SlowClients::keep_latest.
  void broadcast_latest(std::string event, std::string key, const boost::json::object& payload);

  /// To all but this channel.
  void broadcast_from(std::string event, Payload payload = {});
  void broadcast_from(std::string event, const boost::json::object& payload) {
    broadcast_from(std::move(event), Payload::object(payload));
  }

  // -- being present -----------------------------------------------------------------------------
  /// Makes the client present on the topic, and pushes it `presence_state`. After listen() or
  /// accept().
  void track(std::string key, const boost::json::object& meta);
  /// Replaces the meta.
  void update_presence(const boost::json::object& meta);
  void untrack() noexcept { tracked_.untrack(); }

  // -- later -------------------------------------------------------------------------------------
  /// Calls @p action once, after @p delay, or never if the channel is over by then. An exception
  /// from it is the channel's crash.
  TimerId send_after(actors::Duration delay, std::function<void()> action);
  /// The same each @p interval.
  TimerId send_every(actors::Duration interval, std::function<void()> action);
  void cancel(TimerId timer) noexcept;

  /// Makes of @p function a callback for what answers later, on this shard: called only if the
  /// channel is still there, and an exception from it is the channel's crash.
  ///
  ///     database.async_read(find, 2s, whenever([this](auto found) { … }));
  template <class F>
  [[nodiscard]] auto whenever(F function) {
    return [weak = weak_from_this(), function = std::move(function)](auto&&... args) mutable {
      const auto self = weak.lock();
      if (!self || !self->port_.is_open()) return;
      self->run([&] { function(std::forward<decltype(args)>(args)...); });
    };
  }

  // -- ending ------------------------------------------------------------------------------------
  /// Ends the channel in good order: the client gets `phx_close`.
  void close() { port_.close(); }

  [[nodiscard]] const Port& port() const noexcept { return port_; }
  [[nodiscard]] const ClientContext& client() const noexcept { return *client_; }
  /// Of the channel to its topic; none before listen() or accept().
  [[nodiscard]] actors::pubsub::SubscriptionId subscription() const noexcept {
    return subscription_.id();
  }

  // -- for a channel to override -----------------------------------------------------------------
  /// An event that the table doesn't name. A bug of the client's author, so it is a crash.
  virtual void on_unknown_event(const std::string& event, Payload payload, const Reply& reply);

  /// Something was broadcast to the topic. Passes it on to the client.
  virtual void on_broadcast(const Broadcast& broadcast) { port_.deliver(broadcast); }

  /// Something else has come by the hub: neither a Broadcast nor a Push.
  virtual void on_message(const actors::pubsub::BroadcastPtr& message);

  /// The channel is over; nothing can be sent to the client any more.
  virtual void leave(EndReason reason) noexcept;

 private:
  void on_end(EndReason reason) noexcept final;

  void receive(actors::pubsub::Broadcasts messages);
  void take(const actors::pubsub::BroadcastPtr& message);

  /// Runs what is the channel's own, from outside its socket.
  template <class F>
  void run(F&& action) {
    const auto keep_alive = shared_from_this();
    try {
      action();
    } catch (...) {
      port_.crash(std::current_exception());
    }
  }

  ChannelTimers& timers();

  const Port port_;
  const std::shared_ptr<const ClientContext> client_;
  actors::pubsub::Subscription subscription_;
  actors::presence::Tracked tracked_;
  std::unique_ptr<ChannelTimers> timers_;  // few channels have any
};

/// A channel as applications write them:
///
///     class Chat final : public TopicChannel<Chat> {
///      public:
///       using TopicChannel::TopicChannel;
///       static void events(EventTable<Chat>& on) { on.on("say", &Chat::say); }
///       void join(const boost::json::object& params) { accept(); }
///
///      private:
///       void say(const Say& message) { broadcast("said", {{"text", message.text}}); }
///     };
///
/// join() decides with accept() or refuse(), now or later; its parameter is anything that
/// read_payload() can give, and what doesn't fit is refused with `{"reason":"malformed params"}`.
/// A member `static constexpr auto kSlowClients = SlowClients::keep_latest` says what becomes of
/// its messages for clients that read too slowly.
///
/// The channel's state are its members. An exception from any of its functions ends this channel
/// alone: its client gets `phx_error`, and rejoins.
///
/// @tparam Base  What it has in common with other channels, such as rooms::HistoryChannel.
///
/// See docs/channels.md. Thread: the connection's shard.
template <class Self, std::derived_from<TopicChannelBase> Base = TopicChannelBase>
class TopicChannel : public Base {
 public:
  using Base::Base;

 private:
  void on_join(Payload params) final {
    if constexpr (requires { Self::kSlowClients; }) {
      this->port().set_slow_clients(Self::kSlowClients);
    }
    join_with(std::move(params), &Self::join);
  }

  void on_event(std::string event, Payload payload, Reply reply) final {
    const auto* handler = table().find(event);
    if (handler == nullptr) return this->on_unknown_event(event, std::move(payload), reply);
    (*handler)(self(), std::move(payload), reply);
  }

  template <class Params>
  void join_with(Payload params, void (Self::*join)(Params)) {
    auto read = read_payload<std::remove_cvref_t<Params>>(std::move(params));
    if (!read) return this->refuse({{"reason", "malformed params"}});
    (self().*join)(*std::move(read));
  }
  void join_with(const Payload& /*params*/, void (Self::*join)()) { (self().*join)(); }

  static const EventTable<Self>& table() {
    static const auto made = [] {
      EventTable<Self> events;
      if constexpr (requires { Self::events(events); }) Self::events(events);
      return events;
    }();
    return made;
  }

  Self& self() noexcept { return static_cast<Self&>(*this); }
};

}  // namespace coppice::net::channels
