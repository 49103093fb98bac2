#include "app/tracing/scoped_span.hpp"

#include <gtest/gtest.h>

namespace coppice::app::tracing {
namespace {

class ScopedSpanTest : public ::testing::Test {
 protected:
  [[nodiscard]] TrailPtr trail(bool recorded, const std::string& flags) const {
    const auto context = parse_trace_context(trace_ + parent_ + flags, "vendor=1");
    return std::make_shared<const Trail>(recorded ? tracer_ : nullptr, context.value());
  }
  [[nodiscard]] std::vector<Span> spans() const { return tracer_->take(Tracer::kMostWaiting); }

  const std::string trace_ = "00-4bf92f3577b34da6a3ce929d0e0e4736-";
  const std::string parent_ = "00f067aa0ba902b7-";
  const TracerPtr tracer_ = std::make_shared<Tracer>(1);
};

TEST_F(ScopedSpanTest, IsWithinTheSpanOfWhoeverAsks) {
  {
    ScopedSpan span(trail(true, "01"), "write", SpanKind::server);
    span.note("coppice.command", "x");
  }
  const auto recorded = spans();
  ASSERT_EQ(recorded.size(), 1U);
  EXPECT_EQ(to_hex(recorded[0].trace), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(to_hex(recorded[0].parent), "00f067aa0ba902b7");
  EXPECT_EQ(recorded[0].state, "vendor=1");
  EXPECT_EQ(recorded[0].name, "write");
  EXPECT_EQ(recorded[0].kind, SpanKind::server);
  EXPECT_EQ(std::get<std::string>(recorded[0].attributes.at(0).value), "x");
}

TEST_F(ScopedSpanTest, IsThePlaceOfWhatIsDoneMeanwhile) {
  std::string passed_on;
  {
    const ScopedSpan outer(trail(true, "01"), "outer");
    const ScopedSpan inner(outer.trail(), "inner");
    passed_on = inner.passed_on();
    EXPECT_EQ(trace_headers(inner.trail()),
              (std::vector<std::string>{"traceparent: " + passed_on, "tracestate: vendor=1"}));
  }
  const auto recorded = spans();
  ASSERT_EQ(recorded.size(), 2U);
  EXPECT_EQ(recorded[0].name, "inner");
  EXPECT_EQ(recorded[0].parent, recorded[1].id);
  EXPECT_EQ(passed_on, trace_ + to_hex(recorded[0].id) + "-01");
}

TEST_F(ScopedSpanTest, PassesOnWhatCameWhereNothingIsRecorded) {
  {
    const ScopedSpan span(trail(false, "01"), "read");
    EXPECT_EQ(span.passed_on(), trace_ + parent_ + "01");
    EXPECT_EQ(trace_headers(span.trail()).at(0), "traceparent: " + trace_ + parent_ + "01");
  }
  EXPECT_TRUE(spans().empty());
}

TEST_F(ScopedSpanTest, TellsNoNodeOfATraceThatNobodyRecords) {
  {
    const ScopedSpan span(trail(true, "00"), "read");
    EXPECT_EQ(span.passed_on(), "");
    EXPECT_EQ(trace_headers(span.trail()).at(0), "traceparent: " + trace_ + parent_ + "00");
  }
  EXPECT_TRUE(spans().empty());
}

TEST_F(ScopedSpanTest, CanBeTheFirstOfATrace) {
  {
    const ScopedSpan span(begin_trail(tracer_), "keep a message");
  }
  const auto recorded = spans();
  ASSERT_EQ(recorded.size(), 1U);
  EXPECT_EQ(recorded[0].parent, SpanId{});
  EXPECT_EQ(begin_trail(nullptr), nullptr);
  EXPECT_EQ(begin_trail(std::make_shared<Tracer>(0)), nullptr);
}

TEST_F(ScopedSpanTest, IsNothingWithoutATrace) {
  const ScopedSpan span(TrailPtr(), "read");
  EXPECT_EQ(span.trail(), nullptr);
  EXPECT_EQ(span.passed_on(), "");
  EXPECT_TRUE(trace_headers(span.trail()).empty());
}

}  // namespace
}  // namespace coppice::app::tracing
