#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "actors/server.hpp"
#include "db/migrations.hpp"
#include "db/readiness.hpp"
#include "db/replication.hpp"
#include "db/writer.hpp"

namespace coppice::db {

/// Has the writer bring the schema up to date, and says so in Readiness.
///
/// The first attempt is part of its start, so what is started after it usually finds the database
/// ready; migrations that take longer than a moment go on behind it. When they fail, the process
/// stays up and unready, and they are tried again after longer and longer pauses; what describe()
/// and Readiness then say has the file, the line and SQLite's reason. A database that was ready
/// stays so while the writer restarts.
///
/// On a node that is not the primary there is nothing to run: it waits, unready, until the schema
/// that it needs has arrived.
///
/// Migrations that were edited after they had run, or that a later release ran, are warned of.
///
/// It stays after its work is done, so that operators see what it did.
/// Thread: its shard.
class Migrator final : public actors::Server<Migrator> {
 public:
  using Slot = ChildSlot<Migrator>;

  Migrator(std::shared_ptr<WriterLink> writer, std::shared_ptr<const Migrations> migrations,
           NewerSchema newer, std::shared_ptr<Readiness> readiness,
           std::shared_ptr<const Replication> replication, std::shared_ptr<Slot> slot);

  actors::Task<actors::Init> init();

  /// One attempt; sent by the migrator to itself.
  struct Attempt {};
  actors::Task<void> handle(Attempt message);

  /// The same for an operator, who is told what ran, or why it can't: also once the pause after a
  /// failure need not be waited for.
  /// Errors: those of Writer::ApplyMigrations; unavailable while the node's role changes.
  struct Migrate {
    using Reply = MigrationRun;
  };
  actors::Task<actors::Result<MigrationRun>> handle(Migrate message);

  /// Looks whether the node's role has changed; sent by the migrator to itself.
  struct FollowRole {};
  void handle(FollowRole message);

  [[nodiscard]] std::string describe() const override;

 private:
  actors::Task<actors::Result<MigrationRun>> attempt(actors::Duration patience);
  void succeeded(const MigrationRun& run);
  void still_running();
  void failed(const actors::Error& error);
  void waits_for_primary(const actors::Error& error);

  const std::shared_ptr<WriterLink> writer_;
  const std::shared_ptr<const Migrations> migrations_;
  const NewerSchema newer_;
  const std::shared_ptr<Readiness> readiness_;
  const std::shared_ptr<const Replication> replication_;
  const std::shared_ptr<Slot> slot_;
  std::uint32_t failures_in_a_row_ = 0;
  std::uint64_t generation_ = 0;  // Of the role of the last attempt.
  std::string status_ = "has not asked the writer yet";
};

}  // namespace coppice::db
