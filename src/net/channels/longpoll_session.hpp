#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/server.hpp"
#include "net/channels/connect.hpp"
#include "net/channels/longpoll_body.hpp"
#include "net/channels/longpoll_outbox.hpp"
#include "net/channels/socket.hpp"

namespace coppice::net::channels {

struct LongPollTimes {
  /// How long a poll waits for a message.
  actors::Duration window = std::chrono::seconds(10);
  /// So often a session looks whether its last poll began more than so long ago; then it ends.
  actors::Duration inactivity = std::chrono::seconds(15);
  /// Draining ends each session at a random time within so long, so that not all clients come back
  /// in the same moment.
  actors::Duration drain_spread = std::chrono::seconds(1);
};

/// What a session begins with.
struct LongPollStart {
  Connected connected;
  Socket::Options socket;
  std::size_t max_queued_bytes = std::size_t{1} * 1024 * 1024;
  websocket::SlowClientStatsPtr slow_clients{};
  LongPollTimes times;
  /// The session has begun, or is over. Called on its shard; must not throw.
  std::function<void(actors::Ref<class LongPollSession>)> on_begin{};
  std::function<void(const websocket::CloseInfo&)> on_end{};
};

/// One client that polls: a temporary actor, since its polls come over any connection and shard.
/// It ends when the client stops polling, breaks the protocol, leaves too much unread, or is to be
/// disconnected; a poll that waits then is told at once.
class LongPollSession final : public actors::Server<LongPollSession> {
 public:
  enum class Outcome : std::uint8_t { messages, none, gone };
  struct Polled {
    Outcome outcome = Outcome::gone;
    std::string messages;  ///< A JSON array of strings, if there are any.
  };

  /// Answered when there are messages, at the latest at the end of the window. A later poll takes
  /// over: this one then gets none.
  struct Poll {
    using Reply = Polled;
  };

  /// Answered when all have been handed to their channels.
  /// Errors: as Socket::receive_text(); the session is then over.
  struct Post {
    using Reply = void;
    std::vector<PostedFrame> frames;
  };

  /// The server stops.
  struct Drain {};

  // What it tells itself.
  struct Changed {};
  struct WindowEnded {
    std::uint64_t poll;
  };
  struct LookForLife {};
  struct Leave {};

  explicit LongPollSession(LongPollStart start) : start_(std::move(start)) {}
  ~LongPollSession() override;

  void init();
  void handle(Poll message, actors::ReplyTo<Polled> reply);
  actors::Result<void> handle(Post message);
  void handle(Drain message);
  void handle(Changed message);
  void handle(WindowEnded message);
  void handle(LookForLife message);
  void handle(Leave message);
  void terminate(const actors::ExitReason& reason);

  [[nodiscard]] std::string describe() const override;

 private:
  struct Waiting {
    std::uint64_t poll;
    actors::ReplyTo<Polled> reply;
    actors::TimerId window;
  };

  void set_last_waits(bool waits) noexcept;
  [[nodiscard]] bool answer_waiting();
  void end(websocket::CloseCause cause, websocket::CloseCode code, std::string_view reason);
  void end_if_told();
  void close_channels() noexcept;

  LongPollStart start_;
  std::shared_ptr<LongPollOutbox> outbox_;  // these two since init
  std::shared_ptr<Socket> socket_;
  std::vector<Waiting> waiting_;  // the last of them gets the messages; it may be there no more
  bool last_waits_ = false;
  std::uint64_t polls_ = 0;
  actors::Time last_poll_at_{};
  bool over_ = false;
};

}  // namespace coppice::net::channels
