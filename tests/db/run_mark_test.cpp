#include "db/run_mark.hpp"

#include "db/database_fixture.hpp"
#include "db/position.hpp"

namespace coppice::db {
namespace {

class RunMarkTest : public MigratedDatabaseTest {
 protected:
  [[nodiscard]] std::int64_t pragma(const std::string& name) {
    return must(query_value<std::int64_t>(relaxed_, "PRAGMA " + name)).value();
  }
  [[nodiscard]] Position position() { return must(read_position(relaxed_)); }

  Connection relaxed_ = open({.synchronous = Synchronous::normal});
};

TEST_F(RunMarkTest, LeavesTheConnectionAsItWas) {
  must(begin_run(relaxed_, Synchronous::normal));
  EXPECT_EQ(pragma("synchronous"), 1);
  must(renew_run(relaxed_, Synchronous::normal));
  EXPECT_EQ(pragma("synchronous"), 1);
  must(end_run(relaxed_, Synchronous::normal));
  EXPECT_EQ(pragma("synchronous"), 1);
}

TEST_F(RunMarkTest, ARunThatHasNotEndedIsFollowedByAnEpoch) {
  const auto before = position();
  EXPECT_FALSE(must(begin_run(relaxed_, Synchronous::normal)));
  EXPECT_EQ(position(), before);
  EXPECT_TRUE(must(begin_run(relaxed_, Synchronous::normal)));
  EXPECT_GT(position().epoch, before.epoch);
}

TEST_F(RunMarkTest, ARunThatHasEndedIsNot) {
  const auto before = position();
  must(begin_run(relaxed_, Synchronous::normal));
  must(end_run(relaxed_, Synchronous::normal));
  EXPECT_FALSE(must(begin_run(relaxed_, Synchronous::normal)));
  EXPECT_EQ(position(), before);
}

TEST_F(RunMarkTest, ARunThatLosesNothingMarksNothing) {
  EXPECT_FALSE(must(begin_run(db_, Synchronous::full)));
  EXPECT_EQ(pragma("user_version"), 0);
}

TEST_F(RunMarkTest, ARunThatLosesNothingTakesTheMarkOfTheOneBeforeAway) {
  must(begin_run(relaxed_, Synchronous::normal));
  EXPECT_TRUE(must(begin_run(db_, Synchronous::full)));
  EXPECT_FALSE(must(begin_run(db_, Synchronous::full)));
  EXPECT_EQ(pragma("user_version"), 0);
}

TEST_F(RunMarkTest, IsMadeBeforeThereAreAnyPositions) {
  auto empty = must(Connection::open({.path = directory_ / "empty.db", .create = true}));
  EXPECT_FALSE(must(begin_run(empty, Synchronous::normal)));
  EXPECT_TRUE(must(begin_run(empty, Synchronous::normal)));
}

}  // namespace
}  // namespace coppice::db
