// The cache as its connection shows it.
#include "db/database_fixture.hpp"

namespace coppice::db {
namespace {

using actors::Errc;

using StatementCacheTest = DatabaseTest;

TEST_F(StatementCacheTest, ARepeatedPointReadIsCompiledOnce) {
  execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x)");
  execute("INSERT INTO t VALUES (1, 'a'), (2, 'b')");
  const auto before = db_.statement_counts();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(text("SELECT x FROM t WHERE id = ?", 1 + i % 2), i % 2 == 0 ? "a" : "b");
  }
  const auto after = db_.statement_counts();
  EXPECT_EQ(after.prepared - before.prepared, 1U);
  EXPECT_EQ(after.reused - before.reused, 999U);
}

TEST_F(StatementCacheTest, DropsTheLeastRecentlyUsedStatement) {
  auto db = open({.cached_statements = 2});
  const auto compiled = [&](std::string_view sql) {
    const auto before = db.statement_counts().prepared;
    must(db.execute(sql));
    return db.statement_counts().prepared - before == 1;
  };
  EXPECT_TRUE(compiled("SELECT 1"));
  EXPECT_TRUE(compiled("SELECT 2"));
  EXPECT_FALSE(compiled("SELECT 1"));
  EXPECT_TRUE(compiled("SELECT 3"));
  EXPECT_FALSE(compiled("SELECT 1"));
  EXPECT_TRUE(compiled("SELECT 2"));
}

TEST_F(StatementCacheTest, WorksWithoutRoom) {
  auto db = open({.cached_statements = 0});
  must(db.execute("SELECT 1"));
  must(db.execute("SELECT 1"));
  EXPECT_EQ(db.statement_counts().reused, 0U);
}

TEST_F(StatementCacheTest, TheSameTextTwiceAtOnceAreTwoStatements) {
  execute("CREATE TABLE t (x)");
  execute("INSERT INTO t VALUES (1), (2)");
  const std::string_view sql = "SELECT x FROM t ORDER BY x";
  auto outer = must(db_.prepare(sql));
  ASSERT_TRUE(must(outer.step()));
  EXPECT_EQ(number(sql), 1);
  ASSERT_TRUE(must(outer.step()));
  EXPECT_EQ(outer.get<std::int64_t>(0), 2);
}

TEST_F(StatementCacheTest, ACachedStatementFollowsTheSchema) {
  execute("CREATE TABLE t (a)");
  execute("INSERT INTO t VALUES (1)");
  EXPECT_EQ(must(db_.prepare("SELECT * FROM t")).column_count(), 1);
  execute("ALTER TABLE t ADD COLUMN b DEFAULT 2");
  auto statement = must(db_.prepare("SELECT * FROM t"));
  ASSERT_TRUE(must(statement.step()));
  EXPECT_EQ(statement.get<std::int64_t>(1), 2);
}

TEST_F(StatementCacheTest, TakesExactlyOneStatement) {
  EXPECT_EQ(db_.prepare("").error(), Errc::invalid_argument);
  EXPECT_EQ(db_.prepare(" -- only a comment").error(), Errc::invalid_argument);
  EXPECT_EQ(db_.prepare("SELECT 1; SELECT 2").error(), Errc::invalid_argument);
  EXPECT_EQ(db_.prepare("SELEC 1").error(), Errc::internal);
  EXPECT_TRUE(db_.prepare("SELECT 1 ; \n"));
}

}  // namespace
}  // namespace coppice::db
