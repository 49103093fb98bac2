#include "app/sentry/logged_error.hpp"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "app/logging.hpp"
#include "app/sentry/reporter.hpp"

namespace coppice::app::sentry {
namespace {

LogLine line(std::string_view text) {
  return {.at = std::chrono::system_clock::time_point(std::chrono::milliseconds(1500)),
          .level = LogLevel::error,
          .text = text,
          .folder = "app/mail",
          .actor = "/jobs/mailer",
          .request_id = "r1"};
}

TEST(SentryLoggedError, HasWhatTheLineSays) {
  const auto error = logged_error(line("no answer in 5 s"));
  EXPECT_EQ(error.at, 1500);
  EXPECT_EQ(error.count, 1);
  EXPECT_EQ(error.text, "no answer in 5 s");
  EXPECT_EQ(error.shape, "no answer in # s");
  EXPECT_EQ(error.folder, "app/mail");
  EXPECT_EQ(error.actor, "/jobs/mailer");
  EXPECT_EQ(error.request_id, "r1");
}

TEST(SentryLoggedError, EqualsOneThatDiffersInNumbersAlone) {
  const auto first = logged_error(line("host7: no answer in 5 s"));
  EXPECT_EQ(first.fingerprint, logged_error(line("host12: no answer in 10 s")).fingerprint);
  EXPECT_NE(first.fingerprint, logged_error(line("host7: no reply in 5 s")).fingerprint);
  auto elsewhere = line("host7: no answer in 5 s");
  elsewhere.folder = "app/backup";
  EXPECT_NE(first.fingerprint, logged_error(elsewhere).fingerprint);
}

TEST(SentryLoggedError, EqualsThatOfAnotherRequest) {
  auto first = line("GET /a failed (request abcdefgh)");
  first.request_id = "abcdefgh";
  auto second = line("GET /a failed (request ijklmnop)");
  second.request_id = "ijklmnop";
  EXPECT_EQ(logged_error(first).fingerprint, logged_error(second).fingerprint);
}

TEST(SentryLoggedError, IsCleanAndBounded) {
  const auto error = logged_error(line("a\x1b[31m\xff" + std::string(100'000, 'x')));
  EXPECT_EQ(error.text.find('\x1b'), std::string::npos);
  EXPECT_LE(error.text.size(), crashes::kMostTextBytes + std::string_view("…").size());
}

TEST(SentryFeed, TakesErrorsButNotTheReportersOwn) {
  Feed feed{Dsn(), EventFacts()};
  feed.note(line("no answer"));
  auto own = line("no answer from Sentry");
  own.folder = "app/sentry";
  feed.note(own);
  EXPECT_EQ(feed.errors.waiting(), 1U);
  EXPECT_EQ(feed.errors.take().value_or(LoggedError()).text, "no answer");
}

}  // namespace
}  // namespace coppice::app::sentry
