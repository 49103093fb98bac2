#include "app/sentry/envelope.hpp"

#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

namespace coppice::app::sentry {
namespace {

constexpr std::int64_t kAt = 1'800'000'000'000;

crashes::Crash crash_at_work() {
  crashes::Crash crash;
  crash.at = crash.last_at = kAt;
  crash.kind = crashes::kActor;
  crash.path = "/jobs/x";
  crash.actor = "coppice::X";
  crash.message = "Tick";
  crash.exception = "std::runtime_error";
  crash.reason = "error(std::runtime_error: boom\n)";
  crash.count = 3;
  crash.stack = "coppice::X::handle(int) (/src/x.cpp:12)\nstd::invoke\n";
  return crash;
}

/// The head, the item's head and the payload.
std::vector<std::string> lines_of(const std::string& envelope) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < envelope.size();) {
    const auto end = envelope.find('\n', at);
    lines.push_back(envelope.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

TEST(SentryEnvelope, HasOneEventWithItsLength) {
  const auto id = new_event_id();
  const auto lines = lines_of(envelope_of(crash_at_work(), {"1.0", "test"}, {}, id));
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(boost::json::parse(lines[0]).at("event_id").as_string(), id);
  const auto item = boost::json::parse(lines[1]);
  EXPECT_EQ(item.at("type").as_string(), "event");
  EXPECT_EQ(item.at("length").to_number<std::size_t>(), lines[2].size());
}

TEST(SentryEnvelope, SaysWhatCrashedAndWhere) {
  const auto lines = lines_of(envelope_of(crash_at_work(), {"1.0", "test"}, {}, new_event_id()));
  const auto event = boost::json::parse(lines[2]);
  EXPECT_EQ(event.at("release").as_string(), "1.0");
  EXPECT_EQ(event.at("environment").as_string(), "test");
  EXPECT_EQ(event.at("transaction").as_string(), "/jobs/x");
  EXPECT_EQ(event.at("level").as_string(), "error");
  EXPECT_EQ(event.at("timestamp").as_string(), "2027-01-15T08:00:00.000Z");
  EXPECT_EQ(event.at("tags").at("actor").as_string(), "coppice::X");
  EXPECT_EQ(event.at("contexts").at("coppice_actor").at("crashes").as_int64(), 3);
  const auto& exception = event.at("exception").at("values").as_array().front();
  EXPECT_EQ(exception.at("type").as_string(), "std::runtime_error");
  const auto& frames = exception.at("stacktrace").at("frames").as_array();
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames.front().at("function").as_string(), "std::invoke");
  EXPECT_FALSE(frames.front().at("in_app").as_bool());
  EXPECT_EQ(frames.back().at("function").as_string(), "coppice::X::handle(int)");
  EXPECT_EQ(frames.back().at("filename").as_string(), "/src/x.cpp");
  EXPECT_EQ(frames.back().at("lineno").as_int64(), 12);
}

TEST(SentryEnvelope, HasWhatCameBeforeTheCrashOnly) {
  const std::vector<Breadcrumb> trail{{.at = kAt - 1, .category = "sup.restart", .message = "/a"},
                                      {.at = kAt + 1, .category = "sup.restart", .message = "/b"}};
  const auto lines = lines_of(envelope_of(crash_at_work(), {"1.0", "test"}, trail, new_event_id()));
  const auto event = boost::json::parse(lines[2]);
  const auto& crumbs = event.at("breadcrumbs").at("values").as_array();
  ASSERT_EQ(crumbs.size(), 1U);
  EXPECT_EQ(crumbs.front().at("message").as_string(), "/a");
}

TEST(SentryEnvelope, IsOfTheReleaseThatCrashed) {
  auto crash = crash_at_work();
  crash.version = "0.9";
  const auto lines = lines_of(envelope_of(crash, {"1.0", "test"}, {}, new_event_id()));
  EXPECT_EQ(boost::json::parse(lines[2]).at("release").as_string(), "0.9");
}

TEST(SentryEnvelope, CallsASignalFatal) {
  auto crash = crash_at_work();
  crash.kind = crashes::kSignal;
  crash.path.clear();
  const auto lines = lines_of(envelope_of(crash, {"1.0", "test"}, {}, new_event_id()));
  const auto event = boost::json::parse(lines[2]).as_object();
  EXPECT_EQ(event.at("level").as_string(), "fatal");
  EXPECT_FALSE(event.contains("transaction"));
}

TEST(SentryEnvelope, SaysOfAnErrorWhatWasLogged) {
  const LoggedError error{.at = kAt,
                          .count = 3,
                          .level = LogLevel::error,
                          .text = "no answer in 5 s",
                          .shape = "no answer in # s",
                          .folder = "app/mail",
                          .actor = "/jobs/mailer",
                          .request_id = "r1"};
  const std::vector<Breadcrumb> trail{{.at = kAt + 1, .category = "sup.restart", .message = "/b"}};
  const auto lines = lines_of(envelope_of(error, {"1.0", "test"}, trail, new_event_id()));
  ASSERT_EQ(lines.size(), 3U);
  const auto event = boost::json::parse(lines[2]);
  EXPECT_EQ(event.at("release").as_string(), "1.0");
  EXPECT_EQ(event.at("environment").as_string(), "test");
  EXPECT_EQ(event.at("level").as_string(), "error");
  EXPECT_EQ(event.at("transaction").as_string(), "/jobs/mailer");
  EXPECT_EQ(event.at("logentry").at("formatted").as_string(), "no answer in 5 s");
  EXPECT_EQ(event.at("logentry").at("message").as_string(), "no answer in # s");
  EXPECT_EQ(event.at("fingerprint").as_array().size(), 2U);
  EXPECT_EQ(event.at("tags").at("folder").as_string(), "app/mail");
  EXPECT_EQ(event.at("tags").at("path").as_string(), "/jobs/mailer");
  EXPECT_EQ(event.at("tags").at("request_id").as_string(), "r1");
  EXPECT_EQ(event.at("contexts").at("coppice_line").at("lines").as_int64(), 3);
  EXPECT_TRUE(event.at("breadcrumbs").at("values").as_array().empty());
  EXPECT_FALSE(event.as_object().contains("exception"));
}

TEST(SentryEventId, IsHexadecimalAndNew) {
  const auto id = new_event_id();
  EXPECT_EQ(id.size(), 32U);
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(new_event_id(), id);
}

}  // namespace
}  // namespace coppice::app::sentry
