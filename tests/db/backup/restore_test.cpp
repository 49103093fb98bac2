#include "db/backup/restore.hpp"

#include <set>

#include "db/backup/backup_fixture.hpp"
#include "db/backup/check.hpp"
#include "db/position.hpp"
#include "db/process_guard.hpp"
#include "support/unprivileged.hpp"

namespace coppice::db {
namespace {

using actors::Errc;

namespace fs = std::filesystem;

class RestoreTest : public BackupTest {
 protected:
  /// Nobody has the database open any more.
  void close() { db_ = must(Connection::open({.path = directory_ / "other.db", .create = true})); }

  [[nodiscard]] fs::path kept() const {
    return directory_ / "test.db.before-restore-20260101T000007Z";
  }

  [[nodiscard]] actors::Result<Restored> restore(const fs::path& archive) const {
    return restore_stopped(archive, database(), at(7));
  }
};

TEST_F(RestoreTest, PutsTheBackupInPlaceAndKeepsWhatWasThere) {
  add_note("old");
  const auto backup = back_up();
  add_note("new");
  close();
  const auto restored = must(restore(backup.file));
  EXPECT_EQ(restored.kept, kept());
  EXPECT_EQ(notes_in(database()), "old");
  EXPECT_EQ(notes_in(kept()), "old,new");
}

TEST_F(RestoreTest, MendsTheIndexesOfTheBackup) {
  execute("INSERT INTO posts_fts (rowid, post_id, title) VALUES (7, 7, 'Gone')");
  const auto backup = back_up();
  close();
  EXPECT_EQ(must(restore(backup.file)).mended, backup.index_problems);
  EXPECT_EQ(must(check_database(database())), std::vector<std::string>{});
}

TEST_F(RestoreTest, TellsHowFarItIs) {
  execute("INSERT INTO posts_fts (rowid, post_id, title) VALUES (7, 7, 'Gone')");
  const auto backup = back_up();
  close();
  Told told;
  must(restore_stopped(backup.file, database(), at(7), {}, told.report()));
  EXPECT_EQ(told.phases(),
            (std::vector<std::string>{"unpacking", "checking", "checking the full-text indexes",
                                      "making the full-text indexes anew"}));
  const auto bytes = backup.manifest.database_bytes;
  EXPECT_EQ(told.last_of("unpacking"), (Progress{"unpacking", bytes, bytes, kBytes}));
  EXPECT_GT(told.last_of("making the full-text indexes anew").total, 0U);
}

TEST_F(RestoreTest, ThatIsStoppedHalfwayChangesNothing) {
  add_note("old");
  const auto backup = back_up();
  add_note("new");
  close();
  std::stop_source stop;
  const auto stop_in_checking = [&](const Progress& progress) {
    if (progress.phase == kChecking) stop.request_stop();
  };
  const auto restored =
      restore_stopped(backup.file, database(), at(7), stop.get_token(), stop_in_checking);
  ASSERT_FALSE(restored);
  EXPECT_EQ(restored.error(), Errc::cancelled);
  EXPECT_EQ(notes_in(database()), "old,new");
  for (const auto& entry : fs::directory_iterator(directory_.path())) {
    EXPECT_FALSE(entry.path().filename().string().starts_with(".coppice-")) << entry.path();
  }
}

TEST_F(RestoreTest, LeavesNothingElseBehind) {
  const auto backup = back_up();
  close();
  must(restore(backup.file));
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory_.path())) {
    names.insert(entry.path().filename().string());
  }
  names.erase("other.db-wal");
  names.erase("other.db-shm");
  EXPECT_EQ(names,
            (std::set<std::string>{"backups", "other.db", "test.db", kept().filename().string()}));
}

// As a kill leaves it: with commits that are in the WAL only. They are the old database's, and
// must not reach the new one.
TEST_F(RestoreTest, FoldsTheOldWalIntoTheOldDatabase) {
  add_note("old");
  const auto backup = back_up();
  add_note("in the WAL");
  for (const std::string suffix : {"", "-wal", "-shm"}) {
    fs::copy_file(database().string() + suffix, directory_ / ("killed.db" + suffix));
  }
  const auto killed = directory_ / "killed.db";
  const auto restored = must(restore_stopped(backup.file, killed, at()));
  EXPECT_EQ(notes_in(killed), "old");
  EXPECT_EQ(notes_in(restored.kept), "old,in the WAL");
}

TEST_F(RestoreTest, ReplacesADamagedDatabase) {
  add_note("old");
  const auto backup = back_up();
  close();
  directory_.write("test.db", std::string(8192, 'x'));
  directory_.write("test.db-wal", "not even a WAL");
  const auto restored = must(restore(backup.file));
  EXPECT_EQ(notes_in(database()), "old");
  EXPECT_EQ(bytes_of(restored.kept), std::string(8192, 'x'));
}

TEST_F(RestoreTest, WorksWithoutADatabase) {
  add_note("old");
  const auto backup = back_up();
  const auto fresh = directory_ / "new" / "fresh.db";
  const auto restored = must(restore_stopped(backup.file, fresh, at()));
  EXPECT_EQ(restored.kept, fs::path());
  EXPECT_EQ(notes_in(fresh), "old");
}

TEST_F(RestoreTest, PutsTheWalOfADatabaseThatIsGoneAside) {
  add_note("old");
  const auto backup = back_up();
  add_note("in the WAL");
  const auto gone = directory_ / "gone.db";
  fs::copy_file(database().string() + "-wal", gone.string() + "-wal");
  must(restore_stopped(backup.file, gone, at()));
  EXPECT_EQ(notes_in(gone), "old");
  EXPECT_EQ(bytes_of(kept_database(gone, at()).string() + "-wal"),
            bytes_of(database().string() + "-wal"));
}

TEST_F(RestoreTest, BeginsAnEpochAfterBothHistories) {
  const auto backup = back_up();
  execute("UPDATE coppice_position SET epoch = 9000000000000123");
  close();
  const auto restored = must(restore(backup.file));
  EXPECT_GE(restored.position.epoch, 9000000001000000) << "the next second, and a random part";
  EXPECT_EQ(restored.position.sequence, backup.manifest.position.sequence + 1);
  auto db = must(Connection::open({.path = database(), .read_only = true}));
  EXPECT_EQ(must(read_position(db)), restored.position);
}

TEST_F(RestoreTest, GivesTheFileTheOldOnesMode) {
  const auto backup = back_up();
  close();
  must(restore(backup.file));
  const auto perms = fs::status(kept()).permissions();
  EXPECT_EQ(fs::status(database()).permissions(), perms);
}

TEST_F(RestoreTest, RefusesWhileAServerRuns) {
  const auto backup = back_up();
  close();
  const auto guard = must(ProcessGuard::acquire(database()));
  EXPECT_EQ(restore(backup.file).error(), Errc::busy);
  EXPECT_FALSE(fs::exists(kept()));
}

TEST_F(RestoreTest, RefusesWhileAnybodyHasTheDatabaseOpen) {
  add_note("old");
  const auto backup = back_up();
  const auto refused = restore(backup.file);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), Errc::busy);
  EXPECT_NE(refused.error().context.find("end what uses it"), std::string::npos);
  EXPECT_FALSE(fs::exists(kept()));
  add_note("still writable");
}

TEST_F(RestoreTest, OfADamagedBackupChangesNothing) {
  add_note("old");
  const auto backup = back_up();
  add_note("new");
  close();
  damage(backup.file, bytes_of(backup.file).size() - 100);
  EXPECT_EQ(restore(backup.file).error(), Errc::corrupt);
  EXPECT_EQ(notes_in(database()), "old,new");
  EXPECT_FALSE(fs::exists(kept()));
}

TEST_F(RestoreTest, WritesNothingWithoutRoomForItAndSaysWhatItNeeds) {
  add_note("old");
  const auto backup = back_up();
  add_note("new");
  close();
  const auto restore_with = [&](std::uint64_t free) {
    return restore_stopped(
        backup.file, database(), at(7), {}, {},
        {.free_space = [free](const auto&) -> actors::Result<std::uint64_t> { return free; }});
  };
  const auto needed = backup.manifest.database_bytes;
  const auto refused = restore_with(needed - 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), Errc::disk_full);
  const auto& says = refused.error().context;
  EXPECT_NE(says.find("needs " + std::to_string(needed) + " bytes"), std::string::npos) << says;
  EXPECT_NE(says.find(std::to_string(needed - 1) + " bytes are free"), std::string::npos) << says;
  EXPECT_EQ(notes_in(database()), "old,new");
  EXPECT_FALSE(fs::exists(kept()));
  for (const auto& entry : fs::directory_iterator(directory_.path())) {
    EXPECT_FALSE(entry.path().filename().string().starts_with(".coppice-")) << entry.path();
  }
  must(restore_with(needed));
  EXPECT_EQ(notes_in(database()), "old");
}

TEST_F(RestoreTest, LeavesADatabaseThatItCannotReplaceAsItWas) {
  const auto backup = back_up();
  close();
  const auto prepared = must(prepare_restore(backup.file, database()));
  fs::remove(prepared.file);
  fs::create_directory(prepared.file);  // which can't take a file's place
  for (const std::string suffix : {"", "-wal", "-shm"}) {
    write_bytes(database().string() + suffix, "old" + suffix);
  }
  EXPECT_FALSE(restore_replacing(prepared, database(), at(7)));
  for (const std::string suffix : {"", "-wal", "-shm"}) {
    EXPECT_EQ(bytes_of(database().string() + suffix), "old" + suffix);
    EXPECT_FALSE(fs::exists(kept().string() + suffix));
  }
}

TEST_F(RestoreTest, HasReplacedWhatItHasReplacedIfTheFolderCannotBeSyncedThen) {
  const auto backup = back_up();
  const auto place = directory_ / "place";
  {
    const auto prepared = must(prepare_restore(backup.file, place / "gone.db"));
    const Unprivileged nobody(directory_.path());
    if (!Unprivileged::holds()) GTEST_SKIP() << "root can't give up its rights here";
    fs::permissions(place, fs::perms::owner_write | fs::perms::owner_exec);
    const auto restored = restore_replacing(prepared, place / "gone.db", at(7));
    fs::permissions(place, fs::perms::owner_all);
    must(restored);
  }
  EXPECT_TRUE(fs::exists(place / "gone.db"));
}

TEST_F(RestoreTest, NeverOverwritesAnEarlierKeptDatabase) {
  const auto backup = back_up();
  close();
  write_bytes(kept(), "precious");
  const auto restored = must(restore(backup.file));
  EXPECT_EQ(bytes_of(kept()), "precious");
  EXPECT_EQ(restored.kept, directory_ / "test.db.before-restore-20260101T000008Z");
  EXPECT_TRUE(fs::exists(restored.kept));
}

}  // namespace
}  // namespace coppice::db
