#include "db/script.hpp"

#include "db/database_fixture.hpp"

namespace coppice::db {
namespace {

using actors::Errc;

using ScriptTest = DatabaseTest;

TEST_F(ScriptTest, RunsStatementsWithCommentsTriggersAndSemicolonsInTexts) {
  run("-- a comment; with a semicolon\n"
      "CREATE TABLE t (x); /* another; */ CREATE TABLE log (x);\n"
      "CREATE TRIGGER t_log AFTER INSERT ON t BEGIN\n"
      "  INSERT INTO log VALUES (NEW.x); INSERT INTO log VALUES ('again');\n"
      "END;\n"
      "INSERT INTO t VALUES ('a;b') -- no semicolon at the end");
  EXPECT_EQ(text("SELECT group_concat(x, '|') FROM log"), "a;b|again");
}

TEST_F(ScriptTest, NothingToRunIsFine) {
  EXPECT_TRUE(run_script(db_, ""));
  EXPECT_TRUE(run_script(db_, " ;; -- nothing\n/* open"));
}

TEST_F(ScriptTest, PointsAtTheWordThatSqliteRejects) {
  const std::string_view sql = "CREATE TABLE t (x);\nINSERT INTO t VALES (1);";
  const auto ran = run_script(db_, sql);
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().error, Errc::internal);
  EXPECT_EQ(ran.error().offset, sql.find("VALES"));
}

TEST_F(ScriptTest, PointsAtTheStatementThatFailsWhenItRuns) {
  const std::string_view sql =
      "CREATE TABLE t (x UNIQUE);\n-- twice:\nINSERT INTO t VALUES (1), (1);\nSELECT 1";
  const auto ran = run_script(db_, sql);
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().error, Errc::conflict);
  EXPECT_EQ(ran.error().offset, sql.find("INSERT"));
  EXPECT_EQ(ran.error().error.context,
            "UNIQUE constraint failed: t.x; statement: INSERT INTO t VALUES (1), (1);");
}

TEST_F(ScriptTest, RefusesWhatWouldEndItsCallersTransaction) {
  for (const std::string sql : {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT s", "RELEASE s",
                                "ATTACH 'x.db' AS x", "DETACH main"}) {
    const auto ran = run_script(db_, "CREATE TABLE IF NOT EXISTS t (x); " + sql);
    ASSERT_FALSE(ran) << sql;
    EXPECT_EQ(ran.error().error, Errc::forbidden) << sql;
  }
  EXPECT_TRUE(db_.execute("BEGIN"));
  EXPECT_TRUE(db_.execute("ROLLBACK"));
}

TEST_F(ScriptTest, RefusesPragmasThatATransactionMakesUselessOrThatOutliveIt) {
  for (const std::string sql :
       {"PRAGMA foreign_keys = OFF", "pragma FOREIGN_KEYS(0)", "PRAGMA legacy_alter_table = ON"}) {
    const auto ran = run_script(db_, sql);
    ASSERT_FALSE(ran) << sql;
    EXPECT_EQ(ran.error().error, Errc::forbidden) << sql;
  }
  EXPECT_TRUE(
      run_script(db_, "PRAGMA foreign_keys; PRAGMA user_version = 3; PRAGMA table_info(t)"));
  EXPECT_TRUE(run_script(db_, "PRAGMA foreign_keys = OFF", TransactionControl::scripts));
  EXPECT_EQ(number("PRAGMA foreign_keys"), 0);
}

TEST_F(ScriptTest, AScriptThatIsLeftToItselfMayBeginTransactionsAndVacuum) {
  const auto ran = run_script(db_, "CREATE TABLE t (x); VACUUM; BEGIN; DROP TABLE t; ROLLBACK",
                              TransactionControl::scripts);
  EXPECT_TRUE(ran);
  EXPECT_EQ(number("SELECT count(*) FROM t"), 0);
}

TEST_F(ScriptTest, NoScriptAttachesAnotherDatabase) {
  for (const auto control : {TransactionControl::callers, TransactionControl::scripts}) {
    const auto ran = run_script(db_, "ATTACH 'x.db' AS x", control);
    ASSERT_FALSE(ran);
    EXPECT_EQ(ran.error().error, Errc::forbidden);
  }
}

TEST_F(ScriptTest, CountsWhatHadRunBefore) {
  const auto ran = run_script(db_, "SELECT 1; SELECT 2; SELECT wrong");
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().completed, 2U);
}

TEST_F(ScriptTest, RefusesAZeroByteInsteadOfStoppingAtIt) {
  const auto ran = run_script(db_, std::string_view("SELECT 1;\0DROP TABLE t", 22));
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().error, Errc::malformed);
  EXPECT_EQ(ran.error().offset, 9U);
}

}  // namespace
}  // namespace coppice::db
