#include "app/jobs/sweeper.hpp"

#include "app/accounts/accounts_fixture.hpp"
#include "app/accounts/credential_commands.hpp"

namespace coppice::app::jobs {
namespace {

using accounts::CreateResetToken;
using accounts::CreateSession;
using db::must;
using std::chrono::hours;

class SweeperTest : public accounts::AccountsTest {
 protected:
  SweeperTest() { user_ = add_user("ada@example.com"); }

  /// @param expires  Relative to now, in seconds.
  void add_session(const std::string& name, std::int64_t expires) {
    must(execute(CreateSession{user_.id, name, now_, now_ + expires, now_ + expires}));
  }
  void add_link(const std::string& name, std::int64_t expires) {
    must(execute(CreateResetToken{user_.email, name, now_ + expires}));
  }

  std::int64_t count(const std::string& table) {
    return must(read([table](db::Connection& db) {
             return db::query_value<std::int64_t>(db, "SELECT count(*) FROM " + table);
           }))
        .value();
  }

  [[nodiscard]] std::string status(actors::Pid sweeper) {
    std::string text;
    must(world_.runtime().inspect(sweeper,
                                  [&](actors::Cell& cell) { text = cell.actor().describe(); }));
    return text;
  }

  accounts::User user_;
};

TEST_F(SweeperTest, ForgetsWhatHasExpiredThoughNobodySignsIn) {
  for (int n = 0; n < 1100; ++n) add_session("old" + std::to_string(n), n % 2 == 0 ? 0 : -5);
  add_session("valid", 1);
  add_link("link", 0);
  const auto sweeper = world_.spawn<Sweeper>(*accounts_);
  world_.advance(hours(1));
  EXPECT_EQ(count("coppice_sessions"), 1);
  EXPECT_EQ(count("coppice_reset_tokens"), 0);
  EXPECT_EQ(status(sweeper.pid()), "the last sweep forgot 1101 sessions and links");
}

TEST_F(SweeperTest, SweepsAgainEveryHour) {
  const auto sweeper = world_.spawn<Sweeper>(*accounts_);
  world_.advance(hours(1));
  add_session("later", 10);
  now_ += 10;
  world_.advance(hours(1));
  EXPECT_EQ(count("coppice_sessions"), 0);
  EXPECT_EQ(status(sweeper.pid()), "the last sweep forgot 1 sessions and links");
}

TEST_F(SweeperTest, SaysWhyASweepFailedAndSweepsAgain) {
  const auto sweeper = world_.spawn<Sweeper>(*accounts_);
  suspend("writer");
  world_.advance(std::chrono::minutes(2));
  EXPECT_TRUE(status(sweeper.pid()).starts_with("the last sweep failed: "));
  resume("writer");
  world_.advance(hours(1));
  EXPECT_EQ(status(sweeper.pid()), "the last sweep forgot 0 sessions and links");
}

}  // namespace
}  // namespace coppice::app::jobs
