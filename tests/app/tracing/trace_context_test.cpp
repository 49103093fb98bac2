#include "app/tracing/trace_context.hpp"

#include <gtest/gtest.h>

namespace coppice::app::tracing {
namespace {

constexpr const char* kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr const char* kSpan = "00f067aa0ba902b7";

std::string traceparent(const std::string& version, const std::string& flags) {
  return version + "-" + kTrace + "-" + kSpan + "-" + flags;
}

TEST(TraceContext, ReadsWhatTheStandardShows) {
  const auto context = parse_trace_context(traceparent("00", "01"), "congo=t61rcWkgMzE");
  ASSERT_TRUE(context);
  EXPECT_EQ(to_hex(context->trace), kTrace);
  EXPECT_EQ(to_hex(context->span), kSpan);
  EXPECT_TRUE(context->sampled);
  EXPECT_EQ(context->state, "congo=t61rcWkgMzE");
  EXPECT_EQ(to_traceparent(*context), traceparent("00", "01"));
}

TEST(TraceContext, KnowsOneFlagOnly) {
  EXPECT_FALSE(parse_trace_context(traceparent("00", "00"), "")->sampled);
  EXPECT_FALSE(parse_trace_context(traceparent("00", "02"), "")->sampled);
  EXPECT_EQ(to_traceparent(*parse_trace_context(traceparent("00", "ff"), "")),
            traceparent("00", "01"));
}

TEST(TraceContext, TakesLaterVersionsAsFarAsItKnowsThem) {
  EXPECT_TRUE(parse_trace_context(traceparent("cc", "01"), ""));
  EXPECT_TRUE(parse_trace_context(traceparent("cc", "01-what-comes-later"), ""));
  EXPECT_FALSE(parse_trace_context(traceparent("cc", "01.what-comes-later"), ""));
}

TEST(TraceContext, RefusesWhatIsNotAsItMustBe) {
  const std::string zeros(32, '0');
  for (const std::string& bad :
       {std::string(), std::string("00"), traceparent("ff", "01"), traceparent("0g", "01"),
        traceparent("00", "0"), traceparent("00", "01-x"), traceparent("00", "0G"),
        std::string("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01"),
        "00-" + zeros + "-" + kSpan + "-01",
        "00-" + std::string(kTrace) + "-" + zeros.substr(16) + "-01",
        "00_" + std::string(kTrace) + "-" + kSpan + "-01"}) {
    EXPECT_FALSE(parse_trace_context(bad, "")) << bad;
  }
}

TEST(TraceContext, LeavesOutAStateThatItCouldNotPassOn) {
  const auto state_of = [](const std::string& state) {
    return parse_trace_context(traceparent("00", "01"), state)->state;
  };
  EXPECT_EQ(state_of(std::string(512, 'x')), std::string(512, 'x'));
  EXPECT_EQ(state_of(std::string(513, 'x')), "");
  EXPECT_EQ(state_of("a=\r\nb: c"), "");
}

TEST(TraceContext, MakesIdsThatDiffer) {
  EXPECT_NE(make_trace_id(), make_trace_id());
  EXPECT_NE(make_span_id(), make_span_id());
  EXPECT_NE(make_span_id(), SpanId{});
}

}  // namespace
}  // namespace coppice::app::tracing
