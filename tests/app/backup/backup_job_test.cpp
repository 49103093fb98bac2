#include "app/backup/backup_job.hpp"

#include <deque>
#include <vector>

#include <gtest/gtest.h>

#include "actors/blocking_pool.hpp"
#include "actors/testkit/world.hpp"
#include "app/utc_time.hpp"
#include "db/database_fixture.hpp"

namespace coppice::app::backup {
namespace {

using actors::Errc;
using actors::Error;
using actors::Result;
using db::must;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::sys_days;
using std::chrono::sys_seconds;

constexpr sys_seconds kStart = sys_days(std::chrono::year(2026) / 1 / 1) + hours(12);

class BackupJobTest : public testing::Test {
 protected:
  void start(std::string_view schedule) {
    began_ = world_.now();
    BackupWork work{.newest = [this] { return newest_; },
                    .back_up = [this](sys_seconds at, const std::stop_token& stop,
                                      const auto& report) -> Result<std::string> {
                      made_.push_back(utc_time(at));
                      report("half done");
                      stop_ = stop;
                      if (failures_.empty()) return "a backup";
                      auto failure = failures_.front();
                      failures_.pop_front();
                      return std::unexpected(failure);
                    },
                    .follow_up = [this](sys_seconds at, const std::stop_token& /*stop*/,
                                        const auto& /*report*/) -> Result<void> {
                      followed_.push_back(utc_time(at));
                      if (follow_up_failures_.empty()) return {};
                      auto failure = follow_up_failures_.front();
                      follow_up_failures_.pop_front();
                      return std::unexpected(failure);
                    },
                    .clock = [this] { return now(); },
                    .is_ours = [this] { return is_ours_; }};
    job_ = world_.spawn<BackupJob>(must(Schedule::parse(schedule)), std::move(work));
    world_.run();
  }

  /// The wall's time goes with the world's.
  [[nodiscard]] sys_seconds now() {
    return kStart + std::chrono::floor<std::chrono::seconds>(world_.now() - began_) + jump_;
  }

  [[nodiscard]] std::string describe() {
    std::string text;
    must(world_.runtime().inspect(job_.pid(),
                                  [&](actors::Cell& cell) { text = cell.actor().describe(); }));
    return text;
  }

  std::optional<sys_seconds> newest_ = kStart;
  std::deque<Error> failures_;
  std::deque<Error> follow_up_failures_;
  std::vector<std::string> made_;
  std::vector<std::string> followed_;
  std::stop_token stop_;
  bool is_ours_ = true;
  std::chrono::seconds jump_{0};
  actors::Time began_{};
  actors::testkit::World world_{{.seed = 1}};
  actors::Ref<BackupJob> job_;
};

using Times = std::vector<std::string>;

TEST_F(BackupJobTest, BacksUpWheneverItIsDue) {
  start("30 * * * *");
  EXPECT_EQ(made_, Times{});
  world_.advance(hours(2));
  EXPECT_EQ(made_, (Times{"2026-01-01T12:30:00Z", "2026-01-01T13:30:00Z"}));
}

TEST_F(BackupJobTest, MakesTheFirstBackupOfAllAtOnce) {
  newest_.reset();
  start("0 3 * * *");
  EXPECT_EQ(made_, Times{"2026-01-01T12:00:00Z"});
}

TEST_F(BackupJobTest, MakesUpForOneThatWasMissed) {
  newest_ = kStart - hours(10);  // at two; the one at three was missed
  start("0 3 * * *");
  EXPECT_EQ(made_, Times{"2026-01-01T12:00:00Z"});
  world_.advance(hours(24));
  EXPECT_EQ(made_.size(), 2U);
}

TEST_F(BackupJobTest, FollowsAClockThatIsSet) {
  start("0 3 * * *");
  jump_ = hours(15);
  world_.advance(minutes(1));
  EXPECT_EQ(made_, Times{"2026-01-02T03:01:00Z"});
}

TEST_F(BackupJobTest, TriesAgainAfterLongerAndLongerPauses) {
  failures_ = {{Errc::disk_full, "no room"}, {Errc::disk_full, "no room"}};
  start("30 12 * * *");
  world_.advance(hours(1));
  EXPECT_EQ(made_, (Times{"2026-01-01T12:30:00Z", "2026-01-01T12:31:00Z", "2026-01-01T12:33:00Z"}));
}

TEST_F(BackupJobTest, SaysWhatItDidAndWhatComesNext) {
  start("30 12 * * *");
  EXPECT_EQ(describe(), "no backup since the start; the next at 2026-01-01T12:30:00Z");
  world_.advance(minutes(31));
  EXPECT_EQ(describe(),
            "the last at 2026-01-01T12:30:00Z: a backup; the next at 2026-01-02T12:30:00Z");
}

TEST_F(BackupJobTest, SaysWhyTheLastOneFailed) {
  failures_ = {{Errc::disk_full, "no room"}};
  start("30 12 * * *");
  world_.advance(minutes(30));
  EXPECT_EQ(describe(),
            "no backup since the start; failed: disk_full: no room; the next at "
            "2026-01-01T12:31:00Z");
  world_.advance(minutes(1));
  EXPECT_EQ(describe().find("failed"), std::string::npos);
}

TEST_F(BackupJobTest, MakesUpForWhatTheRunBeforeHasLeftWithoutABackup) {
  start("30 12 * * *");
  EXPECT_EQ(made_, Times{});
  EXPECT_EQ(followed_, Times{"2026-01-01T12:00:00Z"});
}

TEST_F(BackupJobTest, TriesWhatFollowsABackupAgainWithoutMakingAnother) {
  start("30 12 * * *");
  followed_.clear();
  follow_up_failures_ = {{Errc::unavailable, "not uploaded"}, {Errc::unavailable, "not uploaded"}};
  world_.advance(hours(1));
  EXPECT_EQ(made_, Times{"2026-01-01T12:30:00Z"});
  EXPECT_EQ(followed_,
            (Times{"2026-01-01T12:30:00Z", "2026-01-01T12:31:00Z", "2026-01-01T12:33:00Z"}));
}

TEST_F(BackupJobTest, MakesTheNextBackupAlsoWhileWhatFollowsKeepsFailing) {
  follow_up_failures_.assign(100, Error(Errc::unavailable, "not uploaded"));
  start("30 * * * *");
  world_.advance(hours(2));
  EXPECT_EQ(made_, (Times{"2026-01-01T12:30:00Z", "2026-01-01T13:30:00Z"}));
}

TEST_F(BackupJobTest, SaysWhyWhatFollowedTheLastOneFailed) {
  start("30 12 * * *");
  follow_up_failures_ = {{Errc::unavailable, "not uploaded"}};
  world_.advance(minutes(30));
  EXPECT_EQ(describe(),
            "the last at 2026-01-01T12:30:00Z: a backup; failed: unavailable: not uploaded; that "
            "is tried again at 2026-01-01T12:31:00Z; the next at 2026-01-02T12:30:00Z");
  world_.advance(minutes(1));
  EXPECT_EQ(describe().find("failed"), std::string::npos);
}

TEST_F(BackupJobTest, FollowsUpNoBackupThatFailed) {
  failures_ = {{Errc::disk_full, "no room"}};
  start("30 12 * * *");
  followed_.clear();
  world_.advance(minutes(30));
  EXPECT_EQ(followed_, Times{});
}

TEST_F(BackupJobTest, AnswersOperatorsWhileABackupIsUnderWay) {
  world_.hold_blocking_jobs(true);
  newest_.reset();
  start("30 12 * * *");
  ASSERT_TRUE(world_.runtime().blocking_pool().finish_one());  // it has looked for the newest
  world_.run();
  EXPECT_EQ(describe(), "no backup since the start; now: beginning");
}

TEST_F(BackupJobTest, TellsTheWorkToEndWhenItIsStopped) {
  start("30 12 * * *");
  world_.advance(minutes(30));
  EXPECT_FALSE(stop_.stop_requested());
  must(world_.stop(job_.pid()));
  EXPECT_TRUE(stop_.stop_requested());
}

TEST_F(BackupJobTest, LeavesThemToTheNodeWhoseTheyAre) {
  is_ours_ = false;
  start("30 * * * *");
  world_.advance(hours(2));
  EXPECT_EQ(made_, Times{});
  EXPECT_EQ(describe(), "the primary makes them");
}

TEST_F(BackupJobTest, EndsOneThatIsAnotherNodesByNowAndGoesOnWhenTheyAreOursAgain) {
  world_.hold_blocking_jobs(true);
  newest_.reset();
  failures_.emplace_back(Errc::cancelled, "told to stop");
  start("30 * * * *");
  ASSERT_TRUE(world_.runtime().blocking_pool().finish_one());  // it has looked for the newest
  world_.run();
  is_ours_ = false;
  world_.advance(std::chrono::seconds(2));
  world_.hold_blocking_jobs(false);
  world_.run();
  EXPECT_TRUE(stop_.stop_requested());
  is_ours_ = true;
  world_.advance(minutes(1));
  EXPECT_EQ(made_.size(), 2U);  // at once, and not with the next period
}

}  // namespace
}  // namespace coppice::app::backup
