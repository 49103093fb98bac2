#include "db/backup/backup.hpp"

#include "db/backup/archive.hpp"
#include "db/backup/backup_fixture.hpp"
#include "db/position.hpp"

namespace coppice::db {
namespace {

using actors::Errc;

namespace fs = std::filesystem;

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

TEST_F(BackupTest, IsOneFileThatSaysWhatIsInIt) {
  add_note("kept");
  const auto position = must(advance_position(db_));
  const auto backup = back_up();
  const auto name = "coppice-20260101T000000Z-" + std::to_string(position.sequence) + ".db.zst";
  EXPECT_EQ(names_in(folder()), std::vector<std::string>{name});
  EXPECT_EQ(backup.file, folder() / name);
  EXPECT_TRUE(is_backup_file_name(name));
  EXPECT_EQ(must(read_manifest(backup.file)), backup.manifest);
  EXPECT_EQ(backup.manifest.position, position);
  EXPECT_EQ(backup.manifest.version, "1.2.3");
  EXPECT_EQ(backup.manifest.database, "test.db");
  EXPECT_EQ(backup.manifest.page_size, number("PRAGMA page_size"));
  EXPECT_EQ(backup.manifest.schema_version, number("SELECT max(version) FROM schema_migrations"));
}

TEST_F(BackupTest, HoldsTheDatabase) {
  add_note("kept");
  const auto backup = back_up();
  add_note("later");
  must(extract_archive(backup.file, directory_ / "out.db", {}));
  EXPECT_EQ(notes_in(directory_ / "out.db"), "kept");
}

TEST_F(BackupTest, OfADatabaseWithoutMigrationsHasNoPosition) {
  const auto plain = directory_ / "plain.db";
  must(must(Connection::open({.path = plain, .create = true})).execute("CREATE TABLE t (a)"));
  const auto backup =
      must(create_backup({.database = plain, .folder = folder(), .at = at(), .version = "1"}));
  EXPECT_EQ(backup.manifest.position, Position{});
  EXPECT_EQ(backup.manifest.schema_version, 0);
}

TEST_F(BackupTest, OfADamagedDatabaseIsNone) {
  const auto damaged = directory_ / "damaged.db";
  add_note(std::string(20000, 'x'));
  must(query_value<std::string>(db_, "PRAGMA journal_mode = DELETE"));
  write_bytes(damaged, bytes_of(database()));
  damage(damaged, bytes_of(damaged).size() - 4095);  // the pointer of an overflow page
  const auto backup = create_backup({.database = damaged, .folder = folder(), .at = at()});
  ASSERT_FALSE(backup);
  EXPECT_EQ(backup.error(), Errc::corrupt);
  EXPECT_TRUE(names_in(folder()).empty());
}

TEST_F(BackupTest, TellsHowFarItIs) {
  add_note(std::string(300000, 'x'));
  Told told;
  const auto backup = must(
      create_backup({.database = database(), .folder = folder(), .at = at()}, {}, told.report()));
  EXPECT_EQ(told.phases(),
            (std::vector<std::string>{"copying", "compressing", "unpacking", "checking",
                                      "checking the full-text indexes"}));
  const auto bytes = backup.manifest.database_bytes;
  for (const auto* phase : {"copying", "compressing", "unpacking"}) {
    EXPECT_EQ(told.last_of(phase), (Progress{phase, bytes, bytes, kBytes}));
  }
  EXPECT_EQ(told.last_of("checking").total, 0U);
  const auto indexes = told.last_of("checking the full-text indexes");
  EXPECT_EQ(indexes.unit, "indexes");
  EXPECT_GT(indexes.total, 0U);
  EXPECT_EQ(indexes.done, indexes.total - 1);  // the last one was still to be checked
}

TEST_F(BackupTest, ThatIsStoppedHalfwayLeavesNothing) {
  add_note(std::string(3000000, 'x'));
  for (const auto* phase : {"copying", "compressing", "unpacking"}) {
    std::stop_source stop;
    const auto stop_in = [&](const Progress& progress) {
      if (progress.phase == phase) stop.request_stop();
    };
    const auto backup = create_backup({.database = database(), .folder = folder(), .at = at()},
                                      stop.get_token(), stop_in);
    ASSERT_FALSE(backup) << phase;
    EXPECT_EQ(backup.error(), Errc::cancelled) << phase;
    EXPECT_TRUE(names_in(folder()).empty()) << phase;
  }
}

TEST_F(BackupTest, ThatIsStoppedLeavesNothing) {
  std::stop_source stop;
  stop.request_stop();
  const auto backup =
      create_backup({.database = database(), .folder = folder(), .at = at()}, stop.get_token());
  EXPECT_EQ(backup.error(), Errc::cancelled);
  EXPECT_TRUE(names_in(folder()).empty());
}

TEST_F(BackupTest, ThatIsGoodIsVerified) {
  const auto backup = back_up();
  EXPECT_EQ(must(verify_backup(backup.file, directory_ / "scratch")).manifest, backup.manifest);
  EXPECT_TRUE(names_in(directory_ / "scratch").empty());
}

TEST_F(BackupTest, OfADatabaseWhoseIndexIsWrongIsMadeAndSaysSo) {
  execute("INSERT INTO posts_fts (rowid, post_id, title) VALUES (7, 7, 'Gone')");
  const std::vector<std::string> problems = {
      "posts_fts finds what is no longer there: 1 row, the first of them 7"};
  const auto backup = back_up();
  EXPECT_EQ(backup.index_problems, problems);
  EXPECT_EQ(must(verify_backup(backup.file, directory_ / "scratch")).index_problems, problems);
}

TEST_F(BackupTest, ThatIsDamagedIsRefusedWithTheReason) {
  const auto backup = back_up();
  damage(backup.file, bytes_of(backup.file).size() / 2);
  const auto verified = verify_backup(backup.file, directory_ / "scratch");
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error(), Errc::corrupt);
  EXPECT_NE(verified.error().context.find("is damaged: "), std::string::npos);
}

TEST_F(BackupTest, ThatHoldsADamagedDatabaseIsRefused) {
  directory_.write("in.db", "no database, but archived without a fault");
  const auto archive = directory_ / "archive";
  must(write_archive(directory_ / "in.db", archive, {}, {}));
  EXPECT_EQ(verify_backup(archive, directory_ / "scratch").error(), Errc::corrupt);
}

}  // namespace
}  // namespace coppice::db
