// How the writer follows the role of its node, and commits as a primary.
#include <chrono>
#include <utility>

#include <spdlog/spdlog.h>

#include "db/commit_record.hpp"
#include "db/empty_commit.hpp"
#include "db/transaction.hpp"
#include "db/writer.hpp"

namespace coppice::db {

using actors::Duration;
using actors::Errc;
using actors::Error;
using actors::Result;
using actors::Time;

namespace {

// A role has moved, and been told, by then.
constexpr Duration kLongestRefusal = std::chrono::seconds(5);

}  // namespace

// What another primary may have written after the last that has arrived here is not in this
// history: whoever holds one of its positions can tell.
Result<void> Writer::begin_reign(Connection& connection) {
  if (!options_.replication->is_replicated() || link_->reign == generation_) return {};
  const CommitRecord record(*options_.replication);
  if (auto can_tell = record.can_tell(); !can_tell && link_->opened) return can_tell;
  const auto begun = commit_epoch(connection);
  const bool is_new = !begun && begun.error() == Errc::unavailable;  // migrations make the first
  if (!begun && !is_new) return begun;
  if (begun) {
    if (auto recorded = note_recorded(record.check()); !recorded) return recorded;
  }
  link_->reign = generation_;
  return {};
}

Result<void> Writer::commit_epoch(Connection& connection) {
  auto transaction = Transaction::begin(connection, Transaction::Kind::immediate);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  if (const auto begun = begin_epoch(connection); !begun) return std::unexpected(begun.error());
  return transaction->commit();
}

Result<void> Writer::see_one_recorded(Connection& connection) {
  if (!options_.replication->is_replicated()) return {};
  const CommitRecord record(*options_.replication);
  if (auto can_tell = record.can_tell(); !can_tell) return can_tell;
  if (auto written = commit_nothing(connection); !written) return written;
  return note_recorded(record.check());
}

Result<void> Writer::note_recorded(Result<void> recorded) {
  if (recorded) {
    link_->unrecorded.reset();
  } else {
    link_->unrecorded = recorded.error();
    refuse(recorded.error());
  }
  return recorded;
}

void Writer::handle(FollowRole /*message*/) { follow_role(); }

// Looked at before whatever is done for others as well: the message may be behind it, or have met
// nobody.
void Writer::follow_role() {
  const auto generation = options_.replication->generation();
  if (generation == generation_) return;
  generation_ = generation;
  takes_over_ = options_.replication->is_primary();
  // What a failed commit left is replication's to undo, and has been.
  if (!takes_over_) link_->suspect = false;
  reopen();
}

// A node that is not the primary any more learns it from its first write, as an I/O error, before
// LiteFS has told it. A disk that fails looks the same, and goes on doing so.
Error Writer::unless_refused(Error error) {
  if (!options_.replication->is_replicated() || error != Errc::io_error) return error;
  const Time now = runtime().now();
  if (refused_in_ != generation_) {
    refused_in_ = generation_;
    refused_since_ = now;
    SPDLOG_INFO("a write was refused, as they are when the role moves: {}", error.context);
  }
  if (now - refused_since_ > kLongestRefusal) return error;
  return {Errc::read_only,
          "the write was refused, as they are when the role moves: " + error.context};
}

Result<Position> Writer::commit_recorded(WriteBatch& batch) {
  const Replication& replication = *options_.replication;
  if (!replication.is_replicated()) return batch.commit();
  if (!replication.is_primary() || replication.generation() != generation_) {
    return std::unexpected(not_primary(replication.standing()));
  }
  const CommitRecord record(replication);
  if (auto can_tell = record.can_tell(); !can_tell) return std::unexpected(can_tell.error());
  auto committed = batch.commit();
  if (!committed && batch.commit_failed() && record.has_not_moved()) {
    return std::unexpected(unless_refused(std::move(committed.error())));
  }
  if (!committed || position_ == *committed) return committed;
  if (auto recorded = note_recorded(record.check()); !recorded) {
    return std::unexpected(recorded.error());
  }
  return committed;
}

}  // namespace coppice::db
