#include "db/statement_command.hpp"

#include "db/database_fixture.hpp"

namespace coppice::db {
namespace {

using actors::Errc;

class RunStatementTest : public DatabaseTest {
 protected:
  RunStatementTest() { execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text UNIQUE)"); }

  actors::Result<StatementReply> run_statement(std::string sql, std::vector<Value> values = {}) {
    return RunStatement{std::move(sql), std::move(values)}.run(db_);
  }
};

TEST_F(RunStatementTest, TellsWhatItChanged) {
  const auto reply =
      must(run_statement("INSERT INTO notes (text) VALUES (?), (?)", {std::string("a"), {}}));
  EXPECT_EQ(reply.changes, 2);
  EXPECT_EQ(reply.last_insert_rowid, 2);
  EXPECT_TRUE(reply.rows.empty());
}

TEST_F(RunStatementTest, GivesTheRowsThatItReturns) {
  const auto reply =
      must(run_statement("INSERT INTO notes (text) VALUES ('a') RETURNING id, text"));
  EXPECT_EQ(reply.rows, (std::vector<std::vector<Value>>{{std::int64_t{1}, std::string("a")}}));
}

TEST_F(RunStatementTest, AQueryChangesNothing) {
  must(run_statement("INSERT INTO notes (text) VALUES ('a')"));
  EXPECT_EQ(must(run_statement("SELECT 1")).changes, 0);
}

TEST_F(RunStatementTest, RefusesWhatWouldEndTheTransaction) {
  for (const auto* sql : {"COMMIT", "end", " rollback", "/* x */ SAVEPOINT s", "BEGIN IMMEDIATE",
                          "RELEASE s", "ATTACH 'x' AS y", "PRAGMA synchronous = OFF", "VACUUM",
                          "\fCOMMIT", "\xEF\xBB\xBF COMMIT"}) {
    EXPECT_EQ(run_statement(sql).error(), Errc::forbidden) << sql;
  }
}

TEST_F(RunStatementTest, LeavesTheSchemaToMigrations) {
  for (const auto* sql : {"CREATE TABLE t (a)", "drop table notes", "ALTER TABLE notes ADD b"}) {
    EXPECT_EQ(run_statement(sql).error(), Errc::forbidden) << sql;
  }
}

TEST_F(RunStatementTest, BoundsTheRowsOfAnAnswer) {
  const std::string count =
      "WITH n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
      "SELECT i FROM n";
  EXPECT_EQ(must(run_statement(count, {std::int64_t{10'000}})).rows.size(), 10'000U);
  EXPECT_EQ(run_statement(count, {std::int64_t{10'001}}).error(), Errc::too_large);
}

TEST_F(RunStatementTest, RefusesAnotherNumberOfValuesThanTheStatementHas) {
  const auto refused = run_statement("SELECT ?, ?", {std::int64_t{1}});
  EXPECT_EQ(refused.error(), Errc::invalid_argument);
  EXPECT_EQ(refused.error().context, "1 values for a statement with 2 parameters");
}

TEST_F(RunStatementTest, GivesTheStatementsOwnError) {
  must(run_statement("INSERT INTO notes (text) VALUES ('a')"));
  EXPECT_EQ(run_statement("INSERT INTO notes (text) VALUES ('a')").error(), Errc::conflict);
  EXPECT_EQ(run_statement("SELECT 1; SELECT 2").error(), Errc::invalid_argument);
}

TEST_F(RunStatementTest, ComesBackFromItsBytes) {
  const auto sent = from_bytes<RunStatement>(to_bytes(RunStatement{"SELECT ?", {0.5}}));
  EXPECT_EQ(must(sent).sql, "SELECT ?");
  EXPECT_EQ(sent->values, std::vector<Value>{0.5});
}

}  // namespace
}  // namespace coppice::db
