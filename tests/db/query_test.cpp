#include "db/query.hpp"

#include "db/database_fixture.hpp"

namespace coppice::db {
namespace {

using actors::Errc;

class QueryTest : public DatabaseTest {
 protected:
  QueryTest() {
    execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)");
    execute("INSERT INTO t VALUES (1, 'a'), (2, NULL), (3, 'c')");
  }
};

TEST_F(QueryTest, ReadsRowsAsTuples) {
  using Row = std::tuple<std::int64_t, std::optional<std::string>>;
  const auto rows = must(query<std::int64_t, std::optional<std::string>>(
      db_, "SELECT id, name FROM t WHERE id < ? ORDER BY id", 3));
  EXPECT_EQ(rows, (std::vector<Row>{{1, "a"}, {2, std::nullopt}}));
}

TEST_F(QueryTest, NoRowIsNothingAndNoError) {
  EXPECT_TRUE(must(query<std::int64_t>(db_, "SELECT id FROM t WHERE id > 9")).empty());
  EXPECT_EQ(must(query_value<std::int64_t>(db_, "SELECT id FROM t WHERE id > 9")), std::nullopt);
}

TEST_F(QueryTest, AVisitorMayEndTheReading) {
  std::vector<std::int64_t> seen;
  const auto visit = [&](const Statement& row) {
    seen.push_back(row.get<std::int64_t>(0));
    return seen.size() < 2;
  };
  must(for_each_row(db_, visit, "SELECT id FROM t ORDER BY id"));
  EXPECT_EQ(seen, (std::vector<std::int64_t>{1, 2}));
}

TEST_F(QueryTest, RefusesAnotherNumberOfColumns) {
  EXPECT_EQ(query<std::int64_t>(db_, "SELECT id, name FROM t").error(), Errc::invalid_argument);
  const auto too_many = query_one<std::int64_t, std::string>(db_, "SELECT id FROM t");
  EXPECT_EQ(too_many.error(), Errc::invalid_argument);
}

TEST_F(QueryTest, AFirstRowOfAReturningClauseStillChangesAllRows) {
  EXPECT_EQ(number("UPDATE t SET name = 'z' RETURNING id"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM t WHERE name = 'z'"), 3);
}

}  // namespace
}  // namespace coppice::db
