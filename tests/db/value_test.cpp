#include "db/value.hpp"

#include "db/database_fixture.hpp"

namespace coppice::db {
namespace {

using actors::Errc;

class ValueTest : public DatabaseTest, public testing::WithParamInterface<Value> {};

TEST_P(ValueTest, ComesBackFromItsBytes) {
  EXPECT_EQ(must(from_bytes<Value>(to_bytes(GetParam()))), GetParam());
}

TEST_P(ValueTest, ComesBackFromTheDatabase) {
  auto statement = must(db_.prepare("SELECT ?"));
  must(bind_value(statement, 1, GetParam()));
  ASSERT_TRUE(must(statement.step()));
  EXPECT_EQ(column_value(statement, 0), GetParam());
}

INSTANTIATE_TEST_SUITE_P(EachKind, ValueTest,
                         testing::Values(Value{}, Value{std::int64_t{-5}}, Value{0.5},
                                         Value{std::string("text")},
                                         Value{Blob{std::byte{0}, std::byte{255}}}));

TEST(Value, ListsOfThemComeBackFromTheirBytes) {
  const std::vector<Value> values{std::int64_t{1}, {}, std::string("a")};
  EXPECT_EQ(must(from_bytes<std::vector<Value>>(to_bytes(values))), values);
}

TEST(Value, RefusesBytesOfAnotherKind) {
  EXPECT_EQ(from_bytes<Value>(to_bytes(std::vector<std::string>{})).error(), Errc::malformed);
  EXPECT_EQ(from_bytes<Value>("").error(), Errc::malformed);
}

}  // namespace
}  // namespace coppice::db
