#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "actors/pubsub/hub.hpp"
#include "actors/server.hpp"
#include "app/rooms/history/read_history.hpp"
#include "app/tracing/scoped_span.hpp"
#include "db/child_slot.hpp"
#include "db/database.hpp"

namespace coppice::app::rooms {

class Historian;

/// What the channels of topics with a history share. Constant.
struct History {
  History(db::Database where, std::shared_ptr<actors::pubsub::Hub> whom, HistoryBounds kept,
          tracing::TracerPtr traces = nullptr)
      : database(std::move(where)), hub(std::move(whom)), bounds(kept), tracer(std::move(traces)) {}

  const db::Database database;
  const std::shared_ptr<actors::pubsub::Hub> hub;
  const HistoryBounds bounds;
  const tracing::TracerPtr tracer;  ///< Null: what is kept has no traces.
  const std::shared_ptr<db::ChildSlot<Historian>> historian =
      std::make_shared<db::ChildSlot<Historian>>("the historian");

  /// How far members have been told, for the historian's next incarnation; nothing before the
  /// first has looked.
  mutable std::mutex mutex;
  mutable std::optional<HistoryPoint> told;

  mutable std::atomic<bool> is_to_look{false};  ///< A Look is under way; see poke().
};

using HistoryPtr = std::shared_ptr<const History>;

/// Keeps what is said on topics with a history, and tells their members once it is durable, in the
/// order of the positions: nobody ever sees what a crash could undo, or out of turn.
///
/// What comes while a commit is under way goes into the next one together, so that the disk sets
/// the pace and not the number of messages.
///
/// Where the database is replicated, each node tells its own members what it finds in its copy, so
/// that nobody is told what who joins now could not read.
///
/// A write of which it isn't known whether it was committed is an error for whoever sent it; if it
/// was, members are told when that turns out: with the next write, or by the next incarnation.
///
/// Thread: its shard.
class Historian final : public actors::Server<Historian> {
 public:
  explicit Historian(HistoryPtr history) : history_(std::move(history)) {}

  void init();

  /// Answered when members have been told.
  ///
  /// Errors: overloaded if too much waits for the disk; those of Database::execute.
  struct Keep {
    using Reply = void;
    Said said;
    tracing::TrailPtr trail{};  ///< Of whoever waits for it; null without a trace.
  };
  void handle(Keep message, actors::ReplyTo<void> reply);

  /// There may be messages of other nodes. Sent by poke().
  struct Look {};
  void handle(Look message);

  /// Forgets what is too old; once an hour.
  struct Sweep {};
  actors::Task<void> handle(Sweep message);

  [[nodiscard]] std::string describe() const override;

  /// What may wait to be written.
  static constexpr std::size_t kMostWaitingBytes = std::size_t{4} * 1024 * 1024;

 private:
  struct Waiting {
    Said said;
    actors::ReplyTo<void> reply;
    tracing::TrailPtr trail;
  };
  using Batch = std::vector<Waiting>;

  void work();
  actors::Task<void> write_all();
  actors::Task<void> write(Batch batch);
  [[nodiscard]] Batch take_batch();
  actors::Task<actors::Result<void>> catch_up();
  [[nodiscard]] HistoryPoint begin_at(HistoryPoint now) const;
  actors::Task<actors::Result<void>> tell_missed(std::int64_t end);
  void tell(const KeptMessage& message, std::int64_t epoch);
  void set_told(HistoryPoint point);

  const HistoryPtr history_;
  std::optional<HistoryPoint> told_;  // nothing before it is known
  Batch waiting_;
  std::size_t waiting_bytes_ = 0;
  bool working_ = false;
  bool must_catch_up_ = true;  // there may be messages that nobody has been told of
  std::uint64_t kept_ = 0;
  std::uint64_t refused_ = 0;
};

/// Has the historian tell what has arrived of other nodes. Thread: any.
void poke(const History& history);

}  // namespace coppice::app::rooms
