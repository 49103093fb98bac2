#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/server.hpp"
#include "app/config.hpp"
#include "app/crashes/crash_feed.hpp"
#include "app/log_limit.hpp"
#include "app/logging.hpp"
#include "app/sentry/dsn.hpp"
#include "app/sentry/envelope.hpp"
#include "app/sentry/error_buffer.hpp"
#include "supervisor/child_spec.hpp"

namespace coppice::app::sentry {

class Reporter;

/// The last notable events, for the crashes that come after them. Thread: any.
class Trail {
 public:
  static constexpr std::size_t kMost = 50;

  void note(const actors::Event& event);
  [[nodiscard]] std::vector<Breadcrumb> crumbs() const;

 private:
  mutable std::mutex mutex_;
  std::deque<Breadcrumb> crumbs_;  // guarded by the mutex
};

/// What the reporter's incarnations share with the threads where things crash.
struct Feed {
  Feed(Dsn where, EventFacts what)
      : dsn(std::move(where)), facts(std::move(what)), crashes("the reporter", facts.release) {}

  const Dsn dsn;
  const EventFacts facts;
  crashes::CrashFeed<Reporter> crashes;
  Trail trail;
  /// Told how many equal crashes a report told of that has been made, or was refused for good. Set
  /// before the actor starts.
  std::function<void(std::int64_t fingerprint, std::int64_t count)> reported = [](std::int64_t,
                                                                                  std::int64_t) {};
  // Crashes, equal ones each, by what Sentry said of the report that told of them.
  std::atomic<std::uint64_t> sent{0};
  std::atomic<std::uint64_t> refused{0};

  /// Lines of the log that tell of errors, beside crashes.
  ErrorBuffer errors;
  // The same of these.
  std::atomic<std::uint64_t> errors_sent{0};
  std::atomic<std::uint64_t> errors_refused{0};

  /// Has an error reported, soon; what the reporter itself has logged is not. Thread: any.
  void note(const LogLine& line);
};

using FeedPtr = std::shared_ptr<Feed>;

/// Has crashes and what came before them noted from now on. Must end before the bus does.
struct Following {
  actors::EventBus::Subscription crashes;
  actors::EventBus::Subscription trail;
};
/// @param feed  Null: nothing is noted.
[[nodiscard]] Following follow(actors::EventBus& events, FeedPtr feed);

/// Has errors that are logged noted as well, from now on and for as long as there is the feed.
/// @param feed  Null: none is.
void follow_errors(Log& log, const FeedPtr& feed);

/// Null unless there is a SENTRY_DSN.
[[nodiscard]] FeedPtr make_feed(const Config& config);

/// The child that sends them.
[[nodiscard]] supervisor::ChildSpec reporter_child(FeedPtr feed);

/// Sends crashes and errors to Sentry, one after the other. Equal ones that come within a minute
/// are sent once; the next one says how many there were. Of errors, 60 are sent in a minute at the
/// most. What can't be sent waits and is tried again after longer and longer pauses, and not before
/// Sentry wants it; as many wait as the buffer holds.
///
/// Thread: its shard; names are found and requests made on one of the runtime's threads for what
/// blocks.
class Reporter final : public actors::Server<Reporter> {
 public:
  explicit Reporter(FeedPtr feed) : feed_(std::move(feed)) {}

  void init();

  /// There is something in the buffer.
  struct Wake {};
  void handle(Wake message);

  [[nodiscard]] std::string describe() const override;

 private:
  struct Outcome {
    enum class Kind : std::uint8_t { sent, refused, later };
    Kind kind = Kind::later;
    std::chrono::seconds pause{0};
    std::string trouble{};
  };

  /// When an equal one was sent, and how many came since.
  struct Sent {
    actors::Time at{};
    std::int64_t held_back = 0;
  };

  using MakeEnvelope = std::function<std::string()>;
  static Outcome send(const FeedPtr& feed, const std::string& envelope,
                      const std::stop_token& stop);

  actors::Task<void> work();
  actors::Task<actors::Duration> send_next();
  actors::Task<actors::Duration> send_crash();
  actors::Task<actors::Duration> send_error();
  actors::Task<Outcome> post(MakeEnvelope envelope);
  [[nodiscard]] bool hold_back(std::int64_t fingerprint, std::int64_t& count);
  [[nodiscard]] actors::Duration put_off(const Outcome& outcome);
  [[nodiscard]] bool settle(const Outcome& outcome, std::int64_t fingerprint);
  [[nodiscard]] std::size_t waiting() const;
  void note_trouble(const std::string& trouble);

  const FeedPtr feed_;
  std::stop_source stop_;
  bool working_ = false;
  std::unordered_map<std::int64_t, Sent> recent_;  // by fingerprint
  LogLimit error_limit_{60, std::chrono::minutes(1)};
  std::uint64_t sent_ = 0;
  std::uint64_t refused_ = 0;
  std::chrono::seconds patience_{0};  // before the next attempt, while they fail
  std::string trouble_;               // of the last attempt, if it failed
};

}  // namespace coppice::app::sentry
