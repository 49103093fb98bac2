#include "app/crashes/crash_buffer.hpp"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace coppice::app::crashes {
namespace {

class CrashBufferTest : public testing::Test {
 protected:
  bool note(const std::string& text) {
    const auto reason = actors::reason_of(std::make_exception_ptr(std::runtime_error(text)));
    return buffer_.note({.kind = actors::EventKind::actor_crash, .path = "/a", .reason = &reason});
  }

  CrashBuffer buffer_{"1.0"};
};

TEST_F(CrashBufferTest, FoldsEqualOnesThatWait) {
  EXPECT_TRUE(note("boom"));
  EXPECT_FALSE(note("boom"));
  EXPECT_TRUE(note("bang"));
  const auto waiting = buffer_.unwritten();
  ASSERT_EQ(waiting.size(), 2U);
  EXPECT_EQ(waiting.front().count, 2);
  EXPECT_GE(waiting.front().last_at, waiting.front().at);
}

TEST_F(CrashBufferTest, TakesCrashesOfWhichEverythingIsKnown) {
  Crash crash;
  crash.fingerprint = 5;
  crash.last_at = 7;
  crash.stack = "main\n";
  EXPECT_TRUE(buffer_.add(crash));
  EXPECT_FALSE(buffer_.add(crash));
  auto taken = buffer_.take(5);
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken.front().crash.count, 2);
  EXPECT_EQ(with_names(std::move(taken.front())).stack, "main\n");
}

TEST_F(CrashBufferTest, KeepsTheNewestAndCountsTheOthers) {
  note("0");
  note("0");
  for (std::size_t n = 1; n <= CrashBuffer::kMost; ++n) note(std::to_string(n));
  EXPECT_EQ(buffer_.waiting(), CrashBuffer::kMost);
  EXPECT_EQ(buffer_.unwritten().front().reason, "error(std::runtime_error: 1)");
  EXPECT_EQ(buffer_.dropped(), 2U);
}

TEST_F(CrashBufferTest, TakesTheOldestFirst) {
  for (const auto* text : {"1", "2", "3"}) note(text);
  const auto taken = buffer_.take(2);
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken.front().crash.reason, "error(std::runtime_error: 1)");
  EXPECT_EQ(buffer_.waiting(), 1U);
}

TEST_F(CrashBufferTest, ShowsWhatIsUnderWayAsUnwritten) {
  note("1");
  std::ignore = buffer_.take(5);
  note("2");
  EXPECT_EQ(buffer_.waiting(), 1U);
  EXPECT_EQ(buffer_.unwritten().size(), 2U);
  buffer_.arrived();
  EXPECT_EQ(buffer_.unwritten().size(), 1U);
}

TEST_F(CrashBufferTest, GivesBackWhatDidNotGetThroughAsTheOldest) {
  note("1");
  auto taken = buffer_.take(5);
  note("2");
  buffer_.give_back(std::move(taken));
  ASSERT_EQ(buffer_.waiting(), 2U);
  EXPECT_EQ(buffer_.unwritten().front().reason, "error(std::runtime_error: 1)");
  EXPECT_EQ(buffer_.dropped(), 0U);
}

TEST_F(CrashBufferTest, CountsWhatIsLostWithItsTaker) {
  note("1");
  note("1");
  std::ignore = buffer_.take(5);
  buffer_.give_up();
  EXPECT_EQ(buffer_.dropped(), 2U);
  buffer_.give_up();
  EXPECT_EQ(buffer_.dropped(), 2U);
}

TEST_F(CrashBufferTest, CountsNothingOfWhatHasArrived) {
  note("1");
  std::ignore = buffer_.take(5);
  buffer_.arrived();
  buffer_.give_up();
  EXPECT_EQ(buffer_.dropped(), 0U);
}

}  // namespace
}  // namespace coppice::app::crashes
