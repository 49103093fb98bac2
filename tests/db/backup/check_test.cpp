#include "db/backup/check.hpp"

#include "db/backup/backup_fixture.hpp"

namespace coppice::db {
namespace {

using actors::Errc;

using CheckTest = BackupTest;

TEST_F(CheckTest, FindsNothingInASoundDatabase) {
  EXPECT_TRUE(must(find_damage(db_)).empty());
  EXPECT_TRUE(require_sound(database(), {}));
}

TEST_F(CheckTest, FindsRowsThatReferToNothing) {
  execute("PRAGMA foreign_keys = OFF");
  execute("CREATE TABLE replies (note INTEGER REFERENCES notes (id))");
  execute("INSERT INTO replies VALUES (7)");
  EXPECT_EQ(
      must(find_damage(db_)),
      std::vector<std::string>{"row 1 of replies refers to a row of notes that is not there"});
}

TEST_F(CheckTest, FindsAnIndexThatDisagreesWithItsTable) {
  execute("CREATE INDEX notes_text ON notes (text)");
  for (int i = 0; i < 100; ++i) add_note("note " + std::to_string(i));
  const auto root = number("SELECT rootpage FROM sqlite_schema WHERE name = 'notes_text'");
  must(query_value<std::string>(db_, "PRAGMA journal_mode = DELETE"));
  const auto size = static_cast<std::size_t>(number("PRAGMA page_size"));
  const auto copied = directory_ / "copy.db";
  write_bytes(copied, bytes_of(database()));
  damage(copied, static_cast<std::size_t>(root) * size - 3);
  const auto sound = require_sound(copied, {});
  ASSERT_FALSE(sound);
  EXPECT_EQ(sound.error(), Errc::corrupt);
  EXPECT_NE(sound.error().context.find("notes_text"), std::string::npos) << sound.error().context;
}

TEST_F(CheckTest, SaysWhichFullTextIndexIsWrongAndWhatMendsIt) {
  EXPECT_TRUE(must(check_database(database())).empty());
  execute("INSERT INTO posts_fts (rowid, post_id, title) VALUES (7, 7, 'Gone')");
  EXPECT_EQ(must(check_database(database())),
            std::vector<std::string>{
                "posts_fts finds what is no longer there: 1 row, the first of them 7; "
                "`coppice db reindex` makes it anew"});
}

TEST_F(CheckTest, TellsWhatItIsAt) {
  Told told;
  must(check_database(database(), told.report()));
  EXPECT_EQ(told.phases(),
            (std::vector<std::string>{"checking", "copying", "checking the full-text indexes"}));
  EXPECT_EQ(told.last_of("checking").total, 0U);
  EXPECT_GT(told.last_of("copying").total, 0U);
}

TEST_F(CheckTest, WaitsForNobodyWhoWrites) {
  execute("BEGIN IMMEDIATE");
  add_note("not committed");
  EXPECT_TRUE(must(check_database(database())).empty());
  execute("COMMIT");
}

TEST_F(CheckTest, NamesADatabaseThatIsNotThere) {
  const auto checked = check_database(directory_ / "none.db");
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error(), Errc::not_found);
}

TEST_F(CheckTest, StopsWhenItIsTold) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(require_sound(database(), stop.get_token()).error(), Errc::cancelled);
}

}  // namespace
}  // namespace coppice::db
