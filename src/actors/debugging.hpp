#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/pid.hpp"
#include "actors/time.hpp"

namespace coppice::actors {

/// One message that an actor handled, as operators see it: never its content.
struct HandledMessage {
  Pid from;
  std::string_view type;  ///< static
  Time at;                ///< when the handler began
  Duration took{};        ///< until it returned or first waited
  bool waits = false;     ///< the handler is a coroutine and went on waiting
};

/// Called inside the actor after each message. Returning false ends it, and so does an exception.
using DebugFunction = std::function<bool(const HandledMessage&)>;

/// What operators have switched on for one actor; see Sys (sys.hpp).
///
/// Thread: the actor's shard.
class Debugging {
 public:
  /// Keeps the last @p size messages from now on; 0 ends it.
  void log(std::size_t size);
  /// Oldest first.
  [[nodiscard]] std::vector<HandledMessage> logged() const;

  /// Reports each message as an event `actor.message` until @p end. One whose handler waits is
  /// reported when it first does ("waits"), and when it has ended ("waited"), with its whole time.
  void trace(Time end) noexcept { trace_end_ = end; }
  [[nodiscard]] bool traces(Time now) const noexcept { return now < trace_end_; }

  /// Replaces a function of the same name.
  void install(std::string name, DebugFunction function);
  bool remove(std::string_view name);

  /// The handler of a traced message goes on waiting: for the report of its end.
  void waits(const HandledMessage& message) { waiting_ = message; }
  [[nodiscard]] std::optional<HandledMessage> take_waiting() noexcept {
    return std::exchange(waiting_, std::nullopt);
  }

  /// Whether any of this is still on.
  [[nodiscard]] bool active(Time now) const noexcept {
    return log_size_ > 0 || traces(now) || !functions_.empty();
  }

  /// The actor begins to handle a message, and has done so.
  void began(const HandledMessage& message);
  void ended(const HandledMessage& message);

 private:
  std::size_t log_size_ = 0;
  std::deque<HandledMessage> log_;
  Time trace_end_ = Time::min();
  std::optional<HandledMessage> waiting_;
  std::vector<std::pair<std::string, DebugFunction>> functions_;
};

}  // namespace coppice::actors
