#include "db/backup/snapshot.hpp"

#include <atomic>
#include <future>
#include <thread>

#include "db/backup/backup_fixture.hpp"
#include "db/transaction.hpp"

namespace coppice::db {
namespace {

using actors::Errc;
using std::chrono::milliseconds;

class SnapshotTest : public BackupTest {
 protected:
  [[nodiscard]] std::filesystem::path copy() const { return directory_ / "copy.db"; }
  [[nodiscard]] actors::Result<void> copy_all(CopyPace pace = {}) const {
    return copy_snapshot(database(), copy(), pace, {});
  }
};

TEST_F(SnapshotTest, HasWhatIsOnlyInTheWal) {
  add_note("fresh");
  must(copy_all());
  EXPECT_EQ(notes_in(copy()), "fresh");
}

TEST_F(SnapshotTest, APrivateCopyIsNobodyElses) {
  add_note("shared");
  auto mine = must(private_copy(database(), {}, {}));
  must(mine.execute("INSERT INTO notes (text) VALUES ('mine')"));
  add_note("theirs");
  EXPECT_EQ(must(query_value<std::int64_t>(mine, "SELECT count(*) FROM notes")), 2);
  EXPECT_EQ(notes_in(database()), "shared,theirs");
}

TEST_F(SnapshotTest, APrivateCopyLeavesNoFile) {
  for (int i = 0; i < 4; ++i) add_note(std::string(1U << 20U, 'x'));
  const auto mine = must(private_copy(database(), {}, {}));
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
    EXPECT_TRUE(entry.path().filename().string().starts_with("test.db")) << entry.path();
  }
}

TEST_F(SnapshotTest, APrivateCopyOfNothingIsRefused) {
  EXPECT_EQ(private_copy(directory_ / "none.db", {}, {}).error(), Errc::not_found);
}

TEST_F(SnapshotTest, KeepsWhatTheFileSaysAboutItself) {
  const auto other = directory_ / "other.db";
  {
    auto made = must(Connection::open({.path = other, .create = true}));
    for (const std::string sql : {"PRAGMA application_id = 77", "PRAGMA user_version = 5"}) {
      must(made.execute(sql));
    }
    must(query_value<std::string>(made, "PRAGMA journal_mode = DELETE"));
    must(made.execute("PRAGMA page_size = 8192"));
    must(made.execute("PRAGMA auto_vacuum = INCREMENTAL"));
    must(made.execute("VACUUM"));
    must(query_value<std::string>(made, "PRAGMA journal_mode = WAL"));
    must(made.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)"));
  }
  must(copy_snapshot(other, copy(), {}, {}));
  // The WAL flag is in bytes 18 and 19 of the file.
  EXPECT_EQ(bytes_of(copy()).substr(18, 2), "\2\2");
  auto db = must(Connection::open({.path = copy(), .read_only = true}));
  const auto number = [&](std::string_view pragma) {
    return must(query_value<std::int64_t>(db, pragma)).value();
  };
  EXPECT_EQ(number("PRAGMA page_size"), 8192);
  EXPECT_EQ(number("PRAGMA auto_vacuum"), 2);
  EXPECT_EQ(number("PRAGMA application_id"), 77);
  EXPECT_EQ(number("PRAGMA user_version"), 5);
}

// One page at a time, and a commit of another connection for each: SQLite's backup alone would
// begin again after each and never end.
TEST_F(SnapshotTest, EndsWhileOthersWriteWithoutPauseAndIsOneMoment) {
  must(db_.execute("PRAGMA synchronous = OFF"));
  execute("CREATE TABLE pairs (a INTEGER, b INTEGER, filler BLOB)");
  for (int i = 0; i < 50; ++i) execute("INSERT INTO pairs VALUES (?, ?, zeroblob(3000))", i, i);
  std::atomic<bool> done = false;
  std::atomic<int> commits = 0;
  std::promise<void> begun;
  std::jthread writer([&] {
    while (!done) {
      execute("UPDATE pairs SET a = a + 1, b = b + 1");
      if (++commits == 1) begun.set_value();
    }
  });
  begun.get_future().wait();
  const int before = commits;
  const auto copied = copy_all({.pages = 1, .pause = milliseconds(1)});
  EXPECT_GT(commits, before + 1);
  done = true;
  writer.join();
  must(copied);
  auto db = must(Connection::open({.path = copy(), .read_only = true}));
  EXPECT_EQ(must(query_value<std::int64_t>(
                db, "SELECT count(DISTINCT a - rowid) + 1000 * sum(a <> b) FROM pairs")),
            1);
  EXPECT_EQ(must(query_value<std::string>(db, "PRAGMA integrity_check")), "ok");
}

TEST_F(SnapshotTest, NamesADatabaseThatIsNotThere) {
  const auto copied = copy_snapshot(directory_ / "none.db", copy(), {}, {});
  EXPECT_EQ(copied.error(), Errc::not_found);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "none.db"));
}

TEST_F(SnapshotTest, RefusesWhatIsNoDatabase) {
  directory_.write("text.db", std::string(5000, 'x'));
  EXPECT_EQ(copy_snapshot(directory_ / "text.db", copy(), {}, {}).error(), Errc::corrupt);
}

TEST_F(SnapshotTest, StopsWhenItIsTold) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(copy_snapshot(database(), copy(), {}, stop.get_token()).error(), Errc::cancelled);
}

// -- the other way round -------------------------------------------------------------------------

class OverwriteTest : public SnapshotTest {
 protected:
  /// A copy of the database as it is, then the note "new" in the database.
  void SetUp() override {
    add_note("old");
    must(copy_all());
    add_note("new");
  }

  [[nodiscard]] static std::string notes(Connection& connection) {
    return must(query_value<std::string>(connection, "SELECT group_concat(text) FROM notes"))
        .value();
  }
};

TEST_F(OverwriteTest, IsSeenByConnectionsThatWereOpenBefore) {
  auto reader = open({.read_only = true});
  EXPECT_EQ(notes(reader), "old,new");
  must(overwrite_content(copy(), database()));
  EXPECT_EQ(notes(reader), "old");
  EXPECT_EQ(notes(db_), "old");
  add_note("newer");
  EXPECT_EQ(notes(reader), "old,newer");
}

TEST_F(OverwriteTest, DoesNotDisturbASnapshot) {
  auto reader = open({.read_only = true});
  const auto snapshot = must(Transaction::begin(reader, Transaction::Kind::deferred));
  EXPECT_EQ(notes(reader), "old,new");
  must(overwrite_content(copy(), database()));
  EXPECT_EQ(notes(reader), "old,new");
}

TEST_F(OverwriteTest, ShrinksAndGrowsTheDatabase) {
  execute("INSERT INTO notes (text) VALUES (hex(zeroblob(500000)))");
  const auto large = directory_ / "large.db";
  must(copy_snapshot(database(), large, {}, {}));
  must(overwrite_content(copy(), database()));
  EXPECT_EQ(text("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(number("SELECT count(*) FROM notes"), 1);
  must(overwrite_content(large, database()));
  EXPECT_EQ(text("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(number("SELECT max(length(text)) FROM notes"), 1000000);
}

TEST_F(OverwriteTest, RefusesAnotherPageSize) {
  const auto other = directory_ / "other.db";
  {
    auto made = must(Connection::open({.path = other, .create = true}));
    must(query_value<std::string>(made, "PRAGMA journal_mode = DELETE"));
    must(made.execute("PRAGMA page_size = 8192"));
    must(made.execute("VACUUM"));
  }
  EXPECT_EQ(overwrite_content(other, database()).error(), Errc::invalid_argument);
  EXPECT_EQ(notes(db_), "old,new");
}

}  // namespace
}  // namespace coppice::db
