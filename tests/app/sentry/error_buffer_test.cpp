#include "app/sentry/error_buffer.hpp"

#include <string>

#include <gtest/gtest.h>

namespace coppice::app::sentry {
namespace {

LoggedError error(std::int64_t fingerprint, const std::string& text = "boom") {
  return {.fingerprint = fingerprint, .text = text};
}

TEST(SentryErrorBuffer, MakesOneOfEqualOnesThatWait) {
  ErrorBuffer buffer;
  EXPECT_TRUE(buffer.add(error(1, "first")));
  EXPECT_TRUE(buffer.add(error(2)));
  EXPECT_FALSE(buffer.add(error(1, "last")));
  EXPECT_EQ(buffer.waiting(), 2U);
  const auto oldest = buffer.take();
  ASSERT_TRUE(oldest);
  EXPECT_EQ(oldest->count, 2);
  EXPECT_EQ(oldest->text, "last");
}

TEST(SentryErrorBuffer, KeepsTheNewestAndCountsTheOthers) {
  ErrorBuffer buffer;
  buffer.add(error(0));
  buffer.add(error(0));
  for (std::size_t n = 1; n <= ErrorBuffer::kMost; ++n) {
    buffer.add(error(static_cast<std::int64_t>(n)));
  }
  EXPECT_EQ(buffer.waiting(), ErrorBuffer::kMost);
  EXPECT_EQ(buffer.dropped(), 2U);
  EXPECT_EQ(buffer.take().value_or(LoggedError()).fingerprint, 1);
}

TEST(SentryErrorBuffer, GivesBackWhatDidNotGetThroughAsTheOldest) {
  ErrorBuffer buffer;
  buffer.add(error(1));
  auto taken = buffer.take();
  ASSERT_TRUE(taken);
  buffer.add(error(2));
  buffer.give_back(*std::move(taken));
  EXPECT_EQ(buffer.take().value_or(LoggedError()).fingerprint, 1);
}

TEST(SentryErrorBuffer, CountsWhatIsLetGo) {
  ErrorBuffer buffer;
  EXPECT_FALSE(buffer.take());
  buffer.drop(3);
  EXPECT_EQ(buffer.dropped(), 3U);
}

}  // namespace
}  // namespace coppice::app::sentry
