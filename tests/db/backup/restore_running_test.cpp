#include "db/backup/archive.hpp"
#include "db/backup/backup.hpp"
#include "db/backup/backup_fixture.hpp"
#include "db/backup/restore.hpp"
#include "db/database_world.hpp"
#include "db/process_guard.hpp"

namespace coppice::db {
namespace {

using actors::Errc;

namespace fs = std::filesystem;

/// A server's database with the note "old", a backup of that, and then the note "new".
class RestoreRunningTest : public DatabaseWorldTest {
 protected:
  void SetUp() override {
    auto wanted = options();
    wanted.free_space_reserve = 0;
    wanted.measure_free_space = [free = free_](const auto&) { return *free; };
    start(wanted);
    must(execute(AddNote{"old"}));
    backup_ =
        must(
            create_backup(
                {.database = path(), .folder = directory_ / "backups", .at = at(), .version = "1"}))
            .file;
    newest_ = must(execute(AddNote{"new"})).position;
  }

  [[nodiscard]] actors::Result<Restored> restore() {
    return database_->restore_blocking(backup_, at(7));
  }

  [[nodiscard]] actors::Result<std::string> read_notes() {
    return read([](Connection& db) -> actors::Result<std::string> {
      const auto text = query_value<std::string>(db, "SELECT group_concat(text) FROM notes");
      if (!text) return std::unexpected(text.error());
      return **text;
    });
  }

  /// Gives what is in the damaged file.
  [[nodiscard]] std::string damage_database() {
    {
      auto other = must(Connection::open({.path = path()}));
      must(other.execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    }
    std::string damaged(fs::file_size(path()), 'x');
    write_bytes(path(), damaged);
    return damaged;
  }

  std::shared_ptr<std::uint64_t> free_ = std::make_shared<std::uint64_t>(1ULL << 40U);
  fs::path backup_;
  Position newest_;
};

TEST_F(RestoreRunningTest, ChangesTheContentUnderReadersAndWriter) {
  const auto writer = pid("writer");
  const auto reader = pid("readers/reader-1");
  ASSERT_EQ(must(read_notes()), "old,new");
  must(restore());
  EXPECT_EQ(must(read_notes()), "old");
  must(execute(AddNote{"newer"}));
  EXPECT_EQ(must(read_notes()), "old,newer");
  EXPECT_EQ(pid("writer"), writer);
  EXPECT_EQ(pid("readers/reader-1"), reader);
}

TEST_F(RestoreRunningTest, BeginsAnEpochThatTheNextWriteGoesOnWith) {
  const auto restored = must(restore());
  EXPECT_GT(restored.position.epoch, newest_.epoch);
  const auto next = must(execute(AddNote{"newer"})).position;
  EXPECT_EQ(next, (Position{restored.position.epoch, restored.position.sequence + 1}));
}

TEST_F(RestoreRunningTest, KeepsWhatWasThere) {
  const auto restored = must(restore());
  EXPECT_EQ(restored.kept, kept_database(path(), at(7)));
  EXPECT_EQ(notes_in(restored.kept), "old,new");
}

TEST_F(RestoreRunningTest, RunsWhatWaitedBefore) {
  suspend("writer");
  send("waiting", AddNote{"waiting"});
  resume("writer");
  const auto restored = must(restore());
  EXPECT_EQ(outcome("waiting"), "ok");
  EXPECT_EQ(notes_in(restored.kept), "old,new,waiting");
}

TEST_F(RestoreRunningTest, TellsHowFarTheWriterIs) {
  Told told;
  must(database_->restore_blocking(backup_, at(7), told.report()));
  EXPECT_EQ(told.phases(),
            (std::vector<std::string>{"unpacking", "checking", "checking the full-text indexes",
                                      "copying", "writing the content"}));
  for (const auto* phase : {"copying", "writing the content"}) {
    const auto last = told.last_of(phase);
    EXPECT_GT(last.total, 0U) << phase;
    EXPECT_EQ(last.done, last.total) << phase;
  }
}

TEST_F(RestoreRunningTest, OfADamagedBackupChangesNothing) {
  auto bytes = bytes_of(backup_);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_bytes(backup_, bytes);
  EXPECT_EQ(restore().error(), Errc::corrupt);
  EXPECT_EQ(must(read_notes()), "old,new");
}

TEST_F(RestoreRunningTest, NeedsRoomForTheBackupTwiceAndForWhatIsThere) {
  const auto prepare_with = [&](std::uint64_t free) {
    return prepare_restore(
        backup_, path(), {}, {}, {},
        {.is_served = true,
         .free_space = [free](const auto&) -> actors::Result<std::uint64_t> { return free; }});
  };
  const auto needed = 2 * must(read_manifest(backup_)).database_bytes + fs::file_size(path());
  const auto refused = prepare_with(needed - 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), Errc::disk_full);
  EXPECT_TRUE(prepare_with(needed));
}

TEST_F(RestoreRunningTest, RefusesASecondOneThatWasPreparedBeforeTheFirst) {
  auto late = must(prepare_restore(backup_, path()));
  late.position.epoch = must(restore()).position.epoch;
  EXPECT_EQ(restore_running(late, path(), at(9)).error(), Errc::conflict);
}

TEST_F(RestoreRunningTest, PutsAnotherFileInThePlaceOfADamagedOne) {
  ASSERT_EQ(must(read_notes()), "old,new") << "readers have the old one open";
  {
    auto other = must(Connection::open({.path = path()}));
    must(other.execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  }
  const std::string damaged(fs::file_size(path()), 'x');
  write_bytes(path(), damaged);
  EXPECT_EQ(execute(AddNote{"lost"}).error(), Errc::corrupt);
  EXPECT_EQ(database_->check_writes().error(), Errc::corrupt);
  const auto restored = must(restore());
  EXPECT_GT(restored.position.epoch, newest_.epoch);
  EXPECT_EQ(bytes_of(restored.kept), damaged);
  must(database_->check_writes());
  EXPECT_EQ(must(read_notes()), "old");
  EXPECT_EQ(must(execute(AddNote{"newer"})).position,
            (Position{restored.position.epoch, restored.position.sequence + 1}));
  EXPECT_EQ(must(read_notes()), "old,newer");
  EXPECT_EQ(world_.count(actors::EventKind::actor_crash), 0U);
}

TEST_F(RestoreRunningTest, NobodyElseIsLetInToADamagedOne) {
  std::ignore = damage_database();
  EXPECT_EQ(execute(AddNote{"lost"}).error(), Errc::corrupt);
  ASSERT_EQ(database_->check_writes().error(), Errc::corrupt);
  const auto guard = ProcessGuard::acquire(path());
  ASSERT_FALSE(guard);
  EXPECT_EQ(guard.error(), Errc::busy);
}

TEST_F(RestoreRunningTest, OfADamagedOneNeedsRoomForTheBackupOnce) {
  std::ignore = damage_database();
  EXPECT_EQ(execute(AddNote{"lost"}).error(), Errc::corrupt);
  const auto needed = must(read_manifest(backup_)).database_bytes;
  *free_ = needed - 1;
  const auto refused = restore();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), Errc::disk_full);
  *free_ = needed;
  must(restore());
  EXPECT_EQ(must(read_notes()), "old");
}

TEST_F(RestoreRunningTest, KeepsAFileThatHasTakenItsPlaceApartFromTheFormerOnesLog) {
  ASSERT_EQ(must(read_notes()), "old,new") << "which its log has";
  write_bytes(directory_ / "other.db", "another");
  fs::rename(directory_ / "other.db", path());
  EXPECT_EQ(execute(AddNote{"lost"}).error(), Errc::unavailable);
  const auto restored = must(restore());
  EXPECT_EQ(bytes_of(restored.kept), "another");
  EXPECT_FALSE(fs::exists(restored.kept.string() + "-wal"));
  EXPECT_TRUE(fs::exists(restored.kept.string() + ".former-wal"));
  EXPECT_EQ(must(read_notes()), "old");
}

TEST_F(RestoreRunningTest, PutsAFileWhereTheDatabaseHasBeenDeleted) {
  ASSERT_EQ(must(read_notes()), "old,new") << "which its log has";
  fs::remove(path());
  EXPECT_EQ(execute(AddNote{"lost"}).error(), Errc::unavailable);
  const auto restored = must(restore());
  EXPECT_EQ(restored.kept, fs::path());
  EXPECT_EQ(must(read_notes()), "old");
  must(execute(AddNote{"newer"}));
  EXPECT_EQ(must(read_notes()), "old,newer");
}

TEST_F(RestoreRunningTest, ADamagedOneStaysWhereItIsIfTheBackupIsDamagedAsWell) {
  {
    auto other = must(Connection::open({.path = path()}));
    must(other.execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  }
  const std::string damaged(fs::file_size(path()), 'x');
  write_bytes(path(), damaged);
  EXPECT_EQ(execute(AddNote{"lost"}).error(), Errc::corrupt);
  auto bytes = bytes_of(backup_);
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  write_bytes(backup_, bytes);
  EXPECT_EQ(restore().error(), Errc::corrupt);
  EXPECT_EQ(bytes_of(path()), damaged);
}

TEST_F(RestoreRunningTest, BringsAnOlderSchemaUpToDate) {
  const auto older = directory_ / "older.db";
  must(must(Connection::open({.path = older, .create = true})).execute("CREATE TABLE any (a)"));
  backup_ =
      must(create_backup(
               {.database = older, .folder = directory_ / "backups", .at = at(1), .version = "1"}))
          .file;
  must(restore());
  must(execute(AddNote{"first"}));
  EXPECT_EQ(must(read_notes()), "first");
}

}  // namespace
}  // namespace coppice::db
