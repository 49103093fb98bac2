#include "app/backup/backup_record.hpp"

#include <future>

#include <gtest/gtest.h>

namespace coppice::app::backup {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

TEST(BackupRecord, KnowsTheNewestGoodBackup) {
  BackupRecord record;
  record.found(sys_seconds(seconds(100)), 7);
  record.found(sys_seconds(seconds(50)), 9);  // an older one
  EXPECT_EQ(record.read().last, sys_seconds(seconds(100)));
  EXPECT_EQ(record.read().last_bytes, 7);
  record.made(sys_seconds(seconds(200)), seconds(3), 11);
  EXPECT_EQ(record.read().last, sys_seconds(seconds(200)));
  EXPECT_EQ(record.read().made, 1);
  EXPECT_DOUBLE_EQ(record.read().last_seconds, 3);
}

TEST(BackupRecord, SaysWhyTheLastAttemptFailedUntilOneSucceeds) {
  BackupRecord record;
  record.failed("the folder is gone");
  EXPECT_EQ(record.read().trouble, "the folder is gone");
  EXPECT_EQ(record.read().failed, 1);
  record.made(sys_seconds(seconds(1)), seconds(1), 1);
  EXPECT_EQ(record.read().trouble, "");
}

TEST(BackupRecord, SaysWhatFollowedABackupAndFailedUntilThatIsDone) {
  BackupRecord record;
  record.made(sys_seconds(seconds(1)), seconds(1), 1);
  record.upload_failed("the store is away");
  EXPECT_EQ(record.read().follow_up_trouble, "the store is away");
  EXPECT_EQ(record.read().upload_failures, 1);
  EXPECT_EQ(record.read().failed, 0) << "there is a backup";
  record.uploaded();
  record.followed_up();
  EXPECT_EQ(record.read().follow_up_trouble, "");
  EXPECT_EQ(record.read().uploaded, 1);
}

TEST(BackupRecord, CountsOldOnesThatStayAsAFailure) {
  BackupRecord record;
  record.removal_failed("not allowed");
  EXPECT_EQ(record.read().follow_up_trouble, "not allowed");
  EXPECT_EQ(record.read().failed, 1);
}

TEST(BackupRecord, GivesTheTurnToOneAtATime) {
  BackupRecord record;
  auto first = record.take_turn({});
  ASSERT_TRUE(first);
  auto second = std::async(std::launch::async, [&] { return record.take_turn({}).has_value(); });
  EXPECT_EQ(second.wait_for(std::chrono::milliseconds(20)), std::future_status::timeout);
  first.reset();
  EXPECT_TRUE(second.get());
}

TEST(BackupRecord, SaysThatOneHasToWaitForItsTurn) {
  BackupRecord record;
  bool waits = false;
  auto first = record.take_turn({}, [&waits] { waits = true; });
  EXPECT_FALSE(waits);
  std::promise<void> waiting;
  auto second = std::async(std::launch::async, [&] {
    return record.take_turn({}, [&waiting] { waiting.set_value(); }).has_value();
  });
  waiting.get_future().get();
  first.reset();
  EXPECT_TRUE(second.get());
}

TEST(BackupRecord, GivesNoTurnToWhoeverIsToStop) {
  BackupRecord record;
  const auto first = record.take_turn({});
  std::stop_source stop;
  stop.request_stop();
  auto second = std::async(std::launch::async,
                           [&] { return record.take_turn(stop.get_token()).has_value(); });
  EXPECT_FALSE(second.get());
  EXPECT_TRUE(first);
}

}  // namespace
}  // namespace coppice::app::backup
