#include "db/position.hpp"

#include <chrono>
#include <set>

#include "db/database_fixture.hpp"

namespace coppice::db {
namespace {

using actors::Errc;

using PositionTest = MigratedDatabaseTest;

TEST_F(PositionTest, AdvancesWithTheCallersTransaction) {
  const auto start = must(read_position(db_));
  execute("BEGIN");
  EXPECT_EQ(must(advance_position(db_)), (Position{start.epoch, start.sequence + 1}));
  execute("ROLLBACK");
  EXPECT_EQ(must(read_position(db_)), start);
}

TEST_F(PositionTest, AReaderHasThePositionOfItsSnapshot) {
  auto reader = open({.read_only = true});
  const auto start = must(read_position(reader));
  must(reader.execute("BEGIN"));
  must(read_position(reader));
  must(advance_position(db_));
  EXPECT_EQ(must(read_position(reader)), start);
  must(reader.execute("COMMIT"));
  EXPECT_GT(must(read_position(reader)), start);
}

TEST_F(PositionTest, ANewEpochIsLaterThanEverythingBefore) {
  auto last = must(read_position(db_));
  for (int i = 0; i < 3; ++i) {
    const auto begun = must(begin_epoch(db_));
    EXPECT_GT(begun.epoch, last.epoch);
    EXPECT_GT(begun.sequence, last.sequence);
    last = begun;
  }
}

TEST_F(PositionTest, HistoriesThatForkAtOnePointNeverShareAnEpoch) {
  execute("UPDATE coppice_position SET epoch = 9000000000000123");  // by a clock that is ahead
  std::set<std::int64_t> epochs;
  for (int i = 0; i < 10; ++i) {
    execute("BEGIN");
    epochs.insert(must(begin_epoch(db_)).epoch);
    execute("ROLLBACK");
  }
  // All ten alike is what would be seen without a random part; chance alone makes two so.
  EXPECT_GE(epochs.size(), 9U);
  EXPECT_GE(*epochs.begin(), 9000000001000000);
  EXPECT_LT(*epochs.rbegin(), 9000000002000000);
}

TEST_F(PositionTest, AnEpochSaysWhenItBeganAndIsANumberForJavaScript) {
  execute("UPDATE coppice_position SET epoch = 1765357200");  // as they were before
  const auto begun = must(begin_epoch(db_));
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  EXPECT_LE(begun.epoch / 1000000, now);
  EXPECT_GE(begun.epoch / 1000000, now - 60);
  EXPECT_LT(begun.epoch, std::int64_t{1} << 53);
}

TEST_F(PositionTest, ALostRowIsCorruption) {
  execute("DELETE FROM coppice_position");
  EXPECT_EQ(read_position(db_).error(), Errc::corrupt);
  EXPECT_EQ(advance_position(db_).error(), Errc::corrupt);
}

using UnmigratedPositionTest = DatabaseTest;

TEST_F(UnmigratedPositionTest, IsUnavailableBeforeMigrations) {
  EXPECT_EQ(read_position(db_).error(), Errc::unavailable);
  EXPECT_EQ(advance_position(db_).error(), Errc::unavailable);
}

TEST(PositionText, RoundTrips) {
  const Position position{1765357200, 42};
  EXPECT_EQ(to_string(position), "1765357200.42");
  EXPECT_EQ(must(parse_position("1765357200.42")), position);
  EXPECT_EQ(must(parse_position("1765357200123456.42")), (Position{1765357200123456, 42}));
}

TEST(PositionText, RefusesAnythingElse) {
  for (const std::string_view text : {"", ".", "1", "1.", ".1", "1.2.3", "-1.2", "1.-2", " 1.2",
                                      "1.2 ", "x.y", "99999999999999999999.1"}) {
    EXPECT_EQ(parse_position(text).error(), Errc::malformed) << text;
  }
}

}  // namespace
}  // namespace coppice::db
