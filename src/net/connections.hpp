#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>

#include "actors/pid.hpp"
#include "actors/time.hpp"
#include "net/io.hpp"
#include "net/readiness.hpp"

namespace coppice::net {

class Connections;

/// So long a connection that is expected to ask something may take until its request's head has
/// come; from then on it counts as idle.
inline constexpr auto kTimeOfNew = std::chrono::seconds(5);

/// What operators are shown of a connection that speaks HTTP.
struct ConnectionInfo {
  actors::Pid actor;    ///< Null where there is none behind it.
  std::string address;  ///< The peer's, which may be a proxy's.
  std::chrono::system_clock::time_point since;
  std::uint64_t requests = 0;    ///< That it has asked so far.
  std::size_t queued_bytes = 0;  ///< That wait for the client.
};

/// One live connection as the housekeeping of its shard sees it. It belongs to its Connections from
/// construction to destruction.
///
/// Thread: its shard.
class Connection {
 public:
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection();

 protected:
  explicit Connection(std::shared_ptr<Connections> connections);

  /// Sets the one deadline of this connection, in place of an earlier one. A plain store, so
  /// fit for every request or message. Time::max() means none.
  void expire_at(actors::Time deadline) noexcept { deadline_ = deadline; }

  /// As expire_at(now + @p timeout).
  void expire_after(actors::Duration timeout) noexcept;

  /// Says since when it has waited for its client to ask something: from then on it may be ended
  /// where others need the room. Time::max() means that it is in use. A plain store.
  void idle_since(actors::Time since) noexcept { idle_since_ = since; }

  /// Whether it has been told to make room for others.
  [[nodiscard]] bool leaving() const noexcept { return leaving_; }

  [[nodiscard]] Connections& connections() const noexcept { return *connections_; }

  /// The deadline has passed; called once per deadline, late by at most the set's resolution.
  /// Must not destroy a connection.
  virtual void on_deadline() = 0;

  /// The server is stopping: end as soon as is polite. Called once. Must not destroy a connection.
  virtual void on_drain() = 0;

  /// It is idle, and others need the room: end, or after the request that has just come. leaving()
  /// is true from here on. Called once. Must not destroy a connection.
  virtual void on_room_needed() {}

  /// Whether a message for this connection should be written now: see Connections. If not, have it
  /// wait and call act_at_end_of_turn().
  [[nodiscard]] bool may_write_now();

  /// Has on_end_of_turn() called once, when what is ready now has been handled.
  void act_at_end_of_turn();
  virtual void on_end_of_turn() {}

  /// Nothing for what is listed elsewhere, as sockets of the channels are.
  [[nodiscard]] virtual std::optional<ConnectionInfo> info() const { return std::nullopt; }

 private:
  friend class Connections;
  std::shared_ptr<Connections> connections_;
  Connection* previous_ = nullptr;
  Connection* next_ = nullptr;
  Connection* next_due_ = nullptr;
  std::uint32_t written_in_ = 0;  // the number of a turn
  bool due_ = false;
  bool leaving_ = false;
  actors::Time deadline_ = actors::Time::max();
  actors::Time idle_since_ = actors::Time::max();
};

/// All connections of one shard: watches their deadlines, and tells them when the server drains.
///
/// One timer serves them all: it ticks coarsely while there is a connection and looks at each
/// deadline. Arming a deadline therefore costs nothing, and an idle server sleeps.
///
/// Says as well when messages to many connections are written: at once, which costs the least where
/// there is one for each; or at the end of this turn of the event loop, with one write for however
/// many have come together. It learns: after a turn in which several messages for one connection
/// met, the next one gathers. No connection is written to more than twice in a turn.
///
/// Thread: its shard. Owns: nothing of the connections; drop it before its io_context.
class Connections : public std::enable_shared_from_this<Connections> {
 public:
  struct Options {
    /// How late a deadline may be noticed.
    actors::Duration resolution = std::chrono::milliseconds(500);
    std::shared_ptr<const actors::Clock> clock = actors::steady_clock();
  };

  [[nodiscard]] static std::shared_ptr<Connections> make(const Executor& executor);
  [[nodiscard]] static std::shared_ptr<Connections> make(const Executor& executor, Options options);

  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  /// How many connections there are.
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  [[nodiscard]] actors::Time now() const noexcept { return options_.clock->now(); }

  [[nodiscard]] std::vector<ConnectionInfo> list() const;

  /// What watches the sockets of those that are idle most of the time. Lives as long as this.
  [[nodiscard]] Readiness& readiness() const noexcept { return *readiness_; }

  /// Tells every connection to end. Later ones find draining() true. Idempotent.
  void drain();
  [[nodiscard]] bool draining() const noexcept { return draining_; }

  /// Calls on_deadline() of each connection whose deadline has passed. The timer does this by
  /// itself; tests that inject a clock call it after advancing that.
  void sweep();

  /// Has the one end that has been idle for longest; of many a few more, so that newcomers who come
  /// one after the other don't look through all of them each. Returns how many. A look that has
  /// found none is not repeated for a moment, and one that has found too few for a shorter one.
  std::size_t make_room();

  /// How many of those have not ended yet.
  [[nodiscard]] std::size_t leaving() const noexcept { return leaving_; }

  /// A client's input is being handled, and @p more of it waits behind: no good time to write.
  void set_more_input(bool more) noexcept { more_input_ = more; }

 private:
  friend class Connection;
  using Timer = boost::asio::basic_waitable_timer<
      std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

  Connections(const Executor& executor, Options options);
  void add(Connection& connection);
  void remove(Connection& connection) noexcept;
  void arm_timer();
  void watch_turn();
  void end_turn();
  void add_due(Connection& connection);
  void remove_due(Connection& connection) noexcept;
  [[nodiscard]] std::vector<Connection*> idle_at(actors::Time now) const;

  Options options_;
  Timer timer_;
  const std::shared_ptr<Readiness> readiness_;
  Connection* first_ = nullptr;
  std::size_t size_ = 0;
  bool draining_ = false;
  std::size_t leaving_ = 0;
  actors::Time look_for_idle_ = actors::Time::min();  // not before

  // This turn.
  std::uint32_t turn_ = 1;
  bool watched_ = false;  // its end is noticed
  bool gathers_ = false;  // nothing is written before its end
  bool met_ = false;      // there was a second message for one connection
  bool more_input_ = false;
  Connection* first_due_ = nullptr;
  Connection* last_due_ = nullptr;
  std::size_t due_count_ = 0;
};

}  // namespace coppice::net
