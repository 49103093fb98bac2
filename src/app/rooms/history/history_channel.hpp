#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "app/rooms/history/historian.hpp"
#include "app/rooms/history/history_message.hpp"
#include "net/channels/topic_channel.hpp"

namespace coppice::app::rooms {

/// What a channel is built on whose topics have a history:
///
///     class Chat final : public TopicChannel<Chat, HistoryChannel> {
///      public:
///       using TopicChannel::TopicChannel;  // Chat(port, client, history)
///       static void events(EventTable<Chat>& on) { on.on("say", &Chat::say); }
///       void join(const boost::json::object& params) {
///         follow(params, [this](const boost::json::object& answer) { accept(answer); });
///       }
///
///      private:
///       void say(Payload payload, const Reply& reply) {
///         broadcast_kept("said", std::move(payload), reply);
///       }
///     };
///
/// Kept are the events that broadcast_kept() is given. What clients see of it, and how they ask, is
/// in docs/channels.md.
///
/// Thread: the connection's shard.
class HistoryChannel : public net::channels::TopicChannelBase {
 public:
  /// @param history  Null for none: nothing is kept then, and a wish for it is left unanswered.
  HistoryChannel(net::channels::Port port,
                 std::shared_ptr<const net::channels::ClientContext> client, HistoryPtr history);

 protected:
  /// Lets a client in with the join's response, whose member `history` it is given if there is one:
  /// must call accept() or refuse() before it returns.
  using LetIn = std::function<void(boost::json::object response)>;

  /// Reads what a client who joins asks for, and sends it after the response. At once if @p params
  /// don't ask for the history. Refuses the join if that can't be read.
  void follow(const boost::json::object& params, LetIn let_in);

  /// Broadcasts to all members, this client included, once the message is on the disk; at once
  /// where there is no history. @p reply is answered only if it could not be kept.
  ///
  /// Throws std::invalid_argument if @p payload is neither an object nor binary.
  void broadcast_kept(std::string event, net::channels::Payload payload,
                      const net::channels::Reply& reply);

  /// Whoever overrides this passes on what it doesn't know.
  void on_message(const actors::pubsub::BroadcastPtr& message) override;

 private:
  /// Of a client that follows the history.
  struct Following {
    HistoryPoint seen;
    bool caught_up = false;
    std::vector<std::shared_ptr<const HistoryMessage>> waiting{};  // until it has caught up
    std::size_t waiting_bytes = 0;

    [[nodiscard]] bool has_room_for(const HistoryMessage& message) const noexcept;
  };

  void catch_up(actors::Result<HistoryPage> page, const LetIn& let_in);
  void pass_on(const HistoryMessage& message);
  void deliver(const HistoryMessage& message) const;
  [[nodiscard]] HistoryBudget room() const;

  const HistoryPtr history_;
  std::unique_ptr<Following> following_;  // null for a client that asked for nothing
};

}  // namespace coppice::app::rooms
