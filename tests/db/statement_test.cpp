#include "db/statement.hpp"

#include <limits>

#include "db/database_fixture.hpp"

namespace coppice::db {
namespace {

using actors::Errc;

using StatementTest = DatabaseTest;

Blob blob_of(std::initializer_list<int> bytes) {
  Blob blob;
  for (const int byte : bytes) blob.push_back(static_cast<std::byte>(byte));
  return blob;
}

TEST_F(StatementTest, BindsAndReadsEveryType) {
  const auto row = must(query_one<std::int64_t, bool, double, std::string, Blob,
                                  std::optional<std::string>, std::optional<std::int64_t>>(
      db_, "SELECT ?, ?, ?, ?, ?, ?, ?", std::numeric_limits<std::int64_t>::min(), true, 2.5,
      std::string_view("a\0b", 3), blob_of({0, 255}), nullptr, std::optional(7)));
  ASSERT_TRUE(row);
  EXPECT_EQ(std::get<0>(*row), std::numeric_limits<std::int64_t>::min());
  EXPECT_TRUE(std::get<1>(*row));
  EXPECT_EQ(std::get<2>(*row), 2.5);
  EXPECT_EQ(std::get<3>(*row), std::string("a\0b", 3));
  EXPECT_EQ(std::get<4>(*row), blob_of({0, 255}));
  EXPECT_EQ(std::get<5>(*row), std::nullopt);
  EXPECT_EQ(std::get<6>(*row), 7);
}

TEST_F(StatementTest, BindsTextFromLiteralsStringsAndViews) {
  EXPECT_EQ(text("SELECT typeof(?1) || ?1", "literal"), "textliteral");
  EXPECT_EQ(text("SELECT typeof(?1) || ?1", std::string("string")), "textstring");
  EXPECT_EQ(text("SELECT typeof(?1) || ?1", std::string_view("view")), "textview");
}

TEST_F(StatementTest, EmptyTextAndBlobAreNotNull) {
  EXPECT_EQ(text("SELECT typeof(?)", std::string_view()), "text");
  EXPECT_EQ(text("SELECT typeof(?)", BlobView()), "blob");
  EXPECT_EQ(text("SELECT typeof(?)", std::optional<std::string>()), "null");
  EXPECT_EQ(text("SELECT typeof(?)", std::nullopt), "null");
}

TEST_F(StatementTest, BindsByName) {
  auto statement = must(db_.prepare("SELECT :first || @second || $third"));
  must(statement.bind("$third", "c"));
  must(statement.bind("@second", "b"));
  must(statement.bind(":first", "a"));
  ASSERT_TRUE(must(statement.step()));
  EXPECT_EQ(statement.get<std::string_view>(0), "abc");
}

TEST_F(StatementTest, RefusesAnUnknownNameAndPosition) {
  auto statement = must(db_.prepare("SELECT :a"));
  EXPECT_EQ(statement.bind(":b", 1).error(), Errc::invalid_argument);
  EXPECT_EQ(statement.bind(2, 1).error(), Errc::invalid_argument);
  EXPECT_EQ(statement.bind(0, 1).error(), Errc::invalid_argument);
}

TEST_F(StatementTest, RefusesAnotherNumberOfValues) {
  EXPECT_EQ(db_.execute("SELECT ?, ?", 1).error(), Errc::invalid_argument);
  EXPECT_EQ(db_.execute("SELECT ?", 1, 2).error(), Errc::invalid_argument);
}

TEST_F(StatementTest, RefusesAnUnsignedNumberThatSqliteCannotHold) {
  const auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(number("SELECT ?", largest), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(db_.execute("SELECT ?", largest + 1).error(), Errc::invalid_argument);
}

TEST_F(StatementTest, StaysAtTheEndOnceItGotThere) {
  auto statement = must(db_.prepare("SELECT 1"));
  EXPECT_TRUE(must(statement.step()));
  EXPECT_FALSE(must(statement.step()));
  EXPECT_FALSE(must(statement.step()));
  statement.reset();
  EXPECT_TRUE(must(statement.step()));
}

TEST_F(StatementTest, ResetForgetsTheBoundValues) {
  auto statement = must(db_.prepare("SELECT ?"));
  must(statement.bind(1, "kept?"));
  statement.reset();
  ASSERT_TRUE(must(statement.step()));
  EXPECT_TRUE(statement.is_null(0));
}

TEST_F(StatementTest, NamesItsColumns) {
  const auto statement = must(db_.prepare("SELECT 1 AS one, 2 AS two"));
  EXPECT_EQ(statement.column_count(), 2);
  EXPECT_EQ(statement.column_name(1), "two");
  EXPECT_THROW((void)statement.column_name(2), std::out_of_range);
}

TEST_F(StatementTest, ReadingBesideARowIsABug) {
  auto statement = must(db_.prepare("SELECT 1"));
  EXPECT_THROW((void)statement.get<std::int64_t>(0), std::out_of_range);
  ASSERT_TRUE(must(statement.step()));
  EXPECT_THROW((void)statement.get<std::int64_t>(1), std::out_of_range);
  EXPECT_THROW((void)statement.get<std::string>(-1), std::out_of_range);
}

TEST_F(StatementTest, NullReadsAsZeroOrEmptyUnlessAskedFor) {
  auto statement = must(db_.prepare("SELECT NULL"));
  ASSERT_TRUE(must(statement.step()));
  EXPECT_EQ(statement.get<std::int64_t>(0), 0);
  EXPECT_EQ(statement.get<std::string>(0), "");
  EXPECT_TRUE(statement.get<BlobView>(0).empty());
  EXPECT_EQ(statement.get<std::optional<double>>(0), std::nullopt);
}

TEST_F(StatementTest, AFailedStatementHoldsNoLock) {
  execute("CREATE TABLE t (x UNIQUE)");
  execute("INSERT INTO t VALUES (1)");
  auto statement = must(db_.prepare("INSERT INTO t VALUES (1)"));
  EXPECT_EQ(statement.step().error(), Errc::conflict);
  auto other = open();
  EXPECT_TRUE(other.execute("INSERT INTO t VALUES (2)"));
}

TEST_F(StatementTest, EndingAHalfReadStatementEndsItsSnapshot) {
  execute("CREATE TABLE t (x)");
  execute("INSERT INTO t VALUES (1), (2)");
  auto reader = open({.read_only = true});
  {
    auto statement = must(reader.prepare("SELECT x FROM t"));
    ASSERT_TRUE(must(statement.step()));
    execute("INSERT INTO t VALUES (3)");
  }
  EXPECT_EQ(must(query_value<std::int64_t>(reader, "SELECT count(*) FROM t")), 3);
}

}  // namespace
}  // namespace coppice::db
