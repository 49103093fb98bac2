#include "db/statement_deadline.hpp"

#include "db/database_fixture.hpp"

namespace coppice::db {
namespace {

using actors::Errc;
using actors::Time;

/// A clock that goes on by a second each time it is read.
class RunningClock final : public actors::Clock {
 public:
  [[nodiscard]] Time now() const noexcept override {
    ++readings_;
    return Time(std::chrono::seconds(readings_));
  }
  [[nodiscard]] int readings() const noexcept { return readings_; }

 private:
  mutable int readings_ = 0;
};

class StatementDeadlineTest : public DatabaseTest {
 protected:
  RunningClock clock_;
};

TEST_F(StatementDeadlineTest, EndsAStatementThatIsAtWork) {
  const StatementDeadline deadline(db_, clock_, Time(std::chrono::seconds(3)));
  EXPECT_EQ(db_.execute(kEndless).error(), Errc::cancelled);
  EXPECT_TRUE(deadline.has_struck());
  EXPECT_EQ(clock_.readings(), 3);
}

TEST_F(StatementDeadlineTest, LeavesQuickStatementsAlone) {
  const StatementDeadline deadline(db_, clock_, Time(std::chrono::seconds(3)));
  EXPECT_EQ(text("SELECT 'quick'"), "quick");
  EXPECT_FALSE(deadline.has_struck());
}

TEST_F(StatementDeadlineTest, EndsWithItself) {
  {
    const StatementDeadline deadline(db_, clock_, Time());
  }
  EXPECT_EQ(number("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)"
                   " SELECT max(i) FROM n"),
            50000);
  EXPECT_EQ(clock_.readings(), 0);
}

TEST_F(StatementDeadlineTest, MayComeCloserWhileAStatementIsAtWork) {
  const auto moves = [](Time now) {
    return Time(std::chrono::seconds(now < Time(std::chrono::seconds(3)) ? 1'000'000 : 5));
  };
  const StatementDeadline deadline(db_, clock_, moves);
  EXPECT_EQ(db_.execute(kEndless).error(), Errc::cancelled);
  EXPECT_EQ(clock_.readings(), 5);
}

TEST_F(StatementDeadlineTest, NeverMeansThatTheClockIsNotAsked) {
  const StatementDeadline deadline(db_, clock_, Time::max());
  EXPECT_EQ(number("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)"
                   " SELECT max(i) FROM n"),
            50000);
  EXPECT_EQ(clock_.readings(), 0);
}

}  // namespace
}  // namespace coppice::db
