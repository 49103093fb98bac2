#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "actors/server.hpp"
#include "db/activity.hpp"
#include "db/child_slot.hpp"
#include "db/connection.hpp"
#include "db/read_gate.hpp"
#include "db/read_limit.hpp"
#include "db/replication.hpp"

namespace coppice::db {

class Reader;

/// A read on its way: what is to be run, and where its result goes.
///
/// Thread: handed over from the caller to the reader and back by messages.
class ReadJob {
 public:
  ReadJob() noexcept = default;
  ReadJob(const ReadJob&) = delete;
  ReadJob& operator=(const ReadJob&) = delete;
  virtual ~ReadJob() = default;

  void run(Connection& connection) {
    has_begun_.store(true, std::memory_order_relaxed);
    read(connection);
  }

  /// Whether a reader has begun with it, so that asking another one would run it twice.
  [[nodiscard]] bool has_begun() const noexcept {
    return has_begun_.load(std::memory_order_relaxed);
  }

 private:
  virtual void read(Connection& connection) = 0;
  std::atomic<bool> has_begun_{false};
};

/// One reader as those who hand out work see it.
struct ReaderSlot {
  ChildSlot<Reader> address{"a database reader"};
  /// Another file has come in the place of the one that it may have open.
  std::atomic<bool> has_to_reopen{false};
  std::atomic<std::uint32_t> load{0};  ///< Reads that wait for it or that it works at.
  ReaderActivity activity;
};

/// Counts one read as its reader's load for as long as it lives: waiting, running or dropped.
class ReadTicket {
 public:
  explicit ReadTicket(std::shared_ptr<ReaderSlot> slot) noexcept : slot_(std::move(slot)) {
    slot_->load.fetch_add(1, std::memory_order_relaxed);
  }
  ReadTicket(ReadTicket&&) noexcept = default;
  ReadTicket& operator=(ReadTicket&&) = delete;
  ~ReadTicket() {
    if (slot_) slot_->load.fetch_sub(1, std::memory_order_relaxed);
  }

 private:
  std::shared_ptr<ReaderSlot> slot_;
};

/// Owns one read-only connection with its cache of prepared statements, and runs one read after the
/// other on it, each in a transaction of its own: whatever a read looks at is one snapshot.
///
/// It opens the connection when there is something to read: a replicated database may not be there
/// before, and each connection that nobody needs costs a start the schema's parsing, and memory. It
/// closes it as soon as replication is down (FollowRole): a connection to a mount that has died
/// goes on answering from its cache. A replica's reads are short, and let replication in (see
/// ReadGate).
///
/// Thread: one of its own, since it blocks (Placement::own_thread).
class Reader final : public actors::Server<Reader> {
 public:
  /// Errors: timeout when the deadline passed while it ran, and its statements were interrupted;
  /// those of beginning a transaction. What the read itself says is in the job.
  struct Read {
    using Reply = void;
    std::shared_ptr<ReadJob> job;
    ReadTicket ticket;
    actors::Time deadline;
  };

  /// The node's role has changed.
  struct FollowRole {};

  Reader(std::filesystem::path path, std::shared_ptr<ReaderSlot> slot,
         std::shared_ptr<const Replication> replication, std::shared_ptr<ReadGate> gate);

  actors::Init init();
  actors::Result<void> handle(Read message);
  void handle(FollowRole message);
  [[nodiscard]] std::string describe() const override;

 private:
  [[nodiscard]] actors::Result<void> open();
  void follow_role();
  [[nodiscard]] actors::Result<ReadGate::Pass> prepare(actors::Time deadline, ReadLimit& limit);

  const std::filesystem::path path_;
  const std::shared_ptr<ReaderSlot> slot_;
  const std::shared_ptr<const Replication> replication_;
  const std::shared_ptr<ReadGate> gate_;
  std::optional<Connection> connection_;
  std::uint64_t generation_ = 0;  // Of the role that it was opened for.
  std::uint64_t reads_ = 0;
  std::uint64_t interrupted_ = 0;
};

}  // namespace coppice::db
