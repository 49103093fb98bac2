#include "db/connection.hpp"

#include <thread>
#include <type_traits>

#include "db/database_fixture.hpp"
#include "support/unprivileged.hpp"

namespace coppice::db {
namespace {

using actors::Errc;

static_assert(std::is_nothrow_move_constructible_v<Connection>);
static_assert(std::is_nothrow_move_constructible_v<Statement>);

using ConnectionTest = DatabaseTest;

TEST_F(ConnectionTest, CreatesTheDatabaseInWalModeWithItsPragmas) {
  EXPECT_EQ(text("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(number("PRAGMA foreign_keys"), 1);
  EXPECT_EQ(number("PRAGMA recursive_triggers"), 1);
  EXPECT_EQ(number("PRAGMA auto_vacuum"), 0);
  EXPECT_EQ(number("PRAGMA synchronous"), 2);
  EXPECT_EQ(number("PRAGMA temp_store"), 2);
  EXPECT_EQ(number("PRAGMA application_id"), 0x43505043);
}

TEST_F(ConnectionTest, SynchronousNormalIsASetting) {
  auto relaxed = open({.synchronous = Synchronous::normal});
  EXPECT_EQ(must(query_value<std::int64_t>(relaxed, "PRAGMA synchronous")), 1);
}

TEST_F(ConnectionTest, ASecondOpeningLeavesTheFileAsItIs) {
  execute("PRAGMA application_id = 7");
  auto again = open();
  EXPECT_EQ(must(query_value<std::int64_t>(again, "PRAGMA application_id")), 7);
}

TEST_F(ConnectionTest, BringsAForeignDatabaseIntoWalModeAndKeepsItsRows) {
  execute("CREATE TABLE t (x)");
  execute("INSERT INTO t VALUES (1)");
  execute("PRAGMA journal_mode = DELETE");
  auto again = open();
  EXPECT_EQ(must(query_value<std::string>(again, "PRAGMA journal_mode")), "wal");
  EXPECT_EQ(must(query_value<std::int64_t>(again, "SELECT x FROM t")), 1);
}

// -- checkpoints ---------------------------------------------------------------------------------

class CheckpointTest : public DatabaseTest {
 protected:
  CheckpointTest() { execute("CREATE TABLE t (x)"); }

  /// Enough pages for a checkpoint.
  void fill_log() { execute("INSERT INTO t VALUES (zeroblob(6000000))"); }
};

TEST_F(CheckpointTest, IsMadeOnceTheLogIsLong) {
  EXPECT_EQ(db_.take_checkpoints().complete, 0U);
  fill_log();
  const auto seen = db_.take_checkpoints();
  EXPECT_EQ(seen.complete, 1U);
  EXPECT_GE(seen.log_pages, 1000U);
  execute("INSERT INTO t VALUES (1)");
  EXPECT_EQ(db_.take_checkpoints().complete, 0U);
  EXPECT_LT(db_.take_checkpoints().log_pages, 1000U) << "the log begins anew";
}

TEST_F(CheckpointTest, GoesOnlyAsFarAsNobodyReadsWhatWasBefore) {
  auto reader = open({.read_only = true});
  must(reader.execute("BEGIN"));
  ASSERT_EQ(must(query_value<std::int64_t>(reader, "SELECT count(*) FROM t")), 0);
  fill_log();
  EXPECT_EQ(db_.take_checkpoints().partial, 1U);
  must(reader.execute("COMMIT"));
  execute("INSERT INTO t VALUES (1)");
  EXPECT_EQ(db_.take_checkpoints().complete, 1U);
}

// -- on LiteFS -----------------------------------------------------------------------------------

class ReplicatedConnectionTest : public DatabaseTest {
 protected:
  /// Why it is refused; empty if it isn't.
  [[nodiscard]] std::string refusal() {
    db_ = must(Connection::open({.path = directory_ / "another.db", .create = true}));
    const auto opened = Connection::open({.path = directory_ / "test.db", .replicated = true});
    if (opened) return "";
    EXPECT_EQ(opened.error(), Errc::unsupported);
    return opened.error().context;
  }
};

TEST_F(ReplicatedConnectionTest, TakesADatabaseThatItHasMade) {
  execute("CREATE TABLE t (x)");
  EXPECT_EQ(refusal(), "");
}

TEST_F(ReplicatedConnectionTest, RefusesADatabaseThatShrinks) {
  execute("PRAGMA journal_mode = DELETE");
  execute("PRAGMA auto_vacuum = INCREMENTAL");
  execute("VACUUM");
  execute("PRAGMA journal_mode = WAL");
  execute("CREATE TABLE t (x)");
  const auto why = refusal();
  EXPECT_NE(why.find("auto_vacuum, and LiteFS loses track of one that shrinks"), std::string::npos)
      << why;
}

TEST_F(ReplicatedConnectionTest, RefusesADatabaseInAnotherJournalMode) {
  execute("CREATE TABLE t (x)");
  execute("PRAGMA journal_mode = DELETE");
  const auto why = refusal();
  EXPECT_NE(why.find("is in journal mode delete"), std::string::npos) << why;
}

TEST_F(ReplicatedConnectionTest, FinishesADatabaseThatWasLeftInTheMaking) {
  execute("PRAGMA journal_mode = DELETE");
  EXPECT_EQ(refusal(), "");
}

TEST_F(ConnectionTest, ReportsAMissingFileUnlessItMayCreateIt) {
  const auto opened = Connection::open({.path = directory_ / "missing.db"});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error(), Errc::not_found);
  EXPECT_NE(opened.error().context.find("missing.db"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "missing.db"));
}

TEST_F(ConnectionTest, ReportsAMissingFolder) {
  const auto opened = Connection::open({.path = directory_ / "no/such.db", .create = true});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error(), Errc::io_error);
  EXPECT_NE(opened.error().context.find("No such file or directory"), std::string::npos);
}

TEST_F(ConnectionTest, ReportsAFolderThatIsAFile) {
  directory_.write("file", "not a folder");
  const auto in_file = Connection::open({.path = directory_ / "file/x.db", .create = true});
  ASSERT_FALSE(in_file);
  EXPECT_NE(in_file.error().context.find("Not a directory"), std::string::npos)
      << in_file.error().context;
}

TEST_F(ConnectionTest, AnImmutableDatabaseIsReadWithoutAFileBesideIt) {
  const TemporaryDirectory odd_names;
  const auto path = odd_names / "50%41 or#so?.db";
  {
    auto writer = must(Connection::open({.path = path, .create = true}));
    must(writer.execute("CREATE TABLE t (x)"));
  }
  auto reader = must(Connection::open({.path = path, .read_only = true, .immutable = true}));
  EXPECT_EQ(must(query_value<std::int64_t>(reader, "SELECT count(*) FROM t")), 0);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(odd_names.path()), {}), 1);
}

TEST_F(ConnectionTest, ReportsAFolderThatTakesNoFiles) {
  const Unprivileged nobody(directory_.path());
  if (!Unprivileged::holds()) GTEST_SKIP() << "root can't give up its rights here";
  std::filesystem::create_directory(directory_ / "sealed");
  std::filesystem::permissions(directory_ / "sealed", std::filesystem::perms::owner_read);
  const auto sealed = Connection::open({.path = directory_ / "sealed/x.db", .create = true});
  ASSERT_FALSE(sealed);
  EXPECT_NE(sealed.error().context.find("Permission denied"), std::string::npos)
      << sealed.error().context;
}

TEST_F(ConnectionTest, BadSqlIsNobodysFaultButOurs) {
  EXPECT_EQ(db_.execute("SELEC 1").error(), Errc::internal);
  EXPECT_EQ(db_.execute("SELECT * FROM no_such_table").error(), Errc::internal);
}

TEST_F(ConnectionTest, ReportsAFileThatIsNoDatabase) {
  directory_.write("text.db", std::string(4096, 'x'));
  const auto opened = Connection::open({.path = directory_ / "text.db"});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error(), Errc::corrupt);
}

TEST_F(ConnectionTest, AReaderDoesNotCreate) {
  const auto opened =
      Connection::open({.path = directory_ / "x.db", .read_only = true, .create = true});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error(), Errc::invalid_argument);
}

TEST_F(ConnectionTest, AReaderRefusesWritesAndSeesTheWritersCommits) {
  execute("CREATE TABLE t (x)");
  auto reader = open({.read_only = true});
  EXPECT_TRUE(reader.read_only());
  EXPECT_FALSE(db_.read_only());
  const auto written = reader.execute("INSERT INTO t VALUES (1)");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error(), Errc::read_only);

  execute("INSERT INTO t VALUES (2)");
  EXPECT_EQ(must(query_value<std::int64_t>(reader, "SELECT x FROM t")), 2);
}

TEST_F(ConnectionTest, CountsChangesAndKnowsTheLastRow) {
  execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x)");
  execute("INSERT INTO t VALUES (41, 'a'), (42, 'b')");
  EXPECT_EQ(db_.changes(), 2);
  EXPECT_EQ(db_.last_insert_rowid(), 42);
  const auto before = db_.total_changes();
  execute("DELETE FROM t");
  EXPECT_EQ(db_.total_changes() - before, 2);
}

TEST_F(ConnectionTest, MapsViolatedRulesToConflictAndConstraint) {
  execute("CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT UNIQUE, y TEXT NOT NULL)");
  execute("CREATE TABLE b (a_id INTEGER REFERENCES a (id), c CHECK (c > 0))");
  execute("INSERT INTO a VALUES (1, 'x', 'y')");
  const auto code = [&](std::string_view sql) { return db_.execute(sql).error().code; };
  EXPECT_EQ(code("INSERT INTO a VALUES (1, 'z', 'y')"), Errc::conflict);
  EXPECT_EQ(code("INSERT INTO a VALUES (2, 'x', 'y')"), Errc::conflict);
  EXPECT_EQ(code("INSERT INTO a VALUES (2, 'z', NULL)"), Errc::constraint);
  EXPECT_EQ(code("INSERT INTO b VALUES (9, 1)"), Errc::constraint);
  EXPECT_EQ(code("INSERT INTO b VALUES (1, 0)"), Errc::constraint);
}

TEST_F(ConnectionTest, AnErrorCarriesSqlitesTextAndTheStatementOnOneLine) {
  execute("CREATE TABLE tags (label TEXT UNIQUE)");
  execute("INSERT INTO tags VALUES ('a')");
  const auto failed = db_.execute("INSERT INTO tags\n  VALUES (?)", "a");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().context,
            "UNIQUE constraint failed: tags.label; statement: INSERT INTO tags VALUES (?)");
}

TEST_F(ConnectionTest, ALongStatementIsCutBetweenCharacters) {
  std::string sql = "SELEC '";
  for (int i = 0; i < 200; ++i) sql += "ä";
  const auto failed = db_.execute(sql + "'");
  ASSERT_FALSE(failed);
  EXPECT_TRUE(failed.error().context.ends_with("ä…")) << failed.error().context;
}

TEST_F(ConnectionTest, ReportsBusyWhileAnotherConnectionWrites) {
  execute("CREATE TABLE t (x)");
  execute("BEGIN IMMEDIATE");
  auto other = open();
  const auto begun = other.execute("BEGIN IMMEDIATE");
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error(), Errc::busy);
  execute("ROLLBACK");
}

TEST_F(ConnectionTest, ReportsAFullDatabase) {
  execute("CREATE TABLE t (x)");
  execute("PRAGMA max_page_count = 4");
  const auto written = db_.execute("INSERT INTO t VALUES (zeroblob(100000))");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error(), Errc::disk_full);
}

TEST_F(ConnectionTest, AnotherThreadInterruptsARunningStatement) {
  auto interrupter = db_.interrupter();
  std::jthread other([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) interrupter.interrupt();
  });
  const auto endless = db_.execute(
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n");
  ASSERT_FALSE(endless);
  EXPECT_EQ(endless.error(), Errc::cancelled);
}

TEST_F(ConnectionTest, AnInterrupterOutlivesItsConnection) {
  auto connection = open();
  const auto interrupter = connection.interrupter();
  {
    const Connection closed = std::move(connection);
  }
  interrupter.interrupt();
}

TEST_F(ConnectionTest, TriggersDontHideTheLastRowFromTheWriter) {
  run("CREATE TABLE t (id INTEGER PRIMARY KEY, x);"
      "CREATE VIRTUAL TABLE f USING fts5 (x);"
      "CREATE TRIGGER f_insert AFTER INSERT ON t BEGIN"
      "  INSERT INTO f (rowid, x) VALUES (NEW.id + 100, NEW.x);"
      "END");
  execute("INSERT INTO t VALUES (5, 'word')");
  EXPECT_EQ(db_.last_insert_rowid(), 5);
  EXPECT_EQ(db_.changes(), 1);
}

}  // namespace
}  // namespace coppice::db
