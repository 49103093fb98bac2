#include "app/tracing/tracer.hpp"

#include <gtest/gtest.h>

namespace coppice::app::tracing {
namespace {

/// A trace id whose random part is @p share of the way through what there is.
TraceId trace_at(std::uint8_t share) {
  TraceId id{};
  id[0] = 1;
  id[9] = share;
  return id;
}

TEST(Tracer, RecordsTheShareThatItIsTold) {
  EXPECT_TRUE(Tracer(1).samples(trace_at(255)));
  EXPECT_FALSE(Tracer(0).samples(trace_at(0)));
  EXPECT_TRUE(Tracer(0.5).samples(trace_at(127)));
  EXPECT_FALSE(Tracer(0.5).samples(trace_at(128)));
}

TEST(Tracer, BeginsTheTracesThatItRecords) {
  EXPECT_FALSE(Tracer(0).begin_trace());
  const auto begun = Tracer(1).begin_trace();
  ASSERT_TRUE(begun);
  EXPECT_TRUE(begun->sampled);
  EXPECT_NE(begun->trace, TraceId{});
  EXPECT_EQ(begun->span, SpanId{});
}

TEST(Tracer, GivesTheOldestFirst) {
  Tracer tracer(1);
  for (const char* name : {"a", "b", "c"}) tracer.record({.name = name});
  const auto first = tracer.take(2);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].name + first[1].name, "ab");
  EXPECT_EQ(tracer.waiting(), 1U);
  EXPECT_EQ(tracer.take(2).size(), 1U);
  EXPECT_TRUE(tracer.take(2).empty());
}

TEST(Tracer, CountsWhatDoesNotFit) {
  Tracer tracer(1);
  for (std::size_t i = 0; i < Tracer::kMostWaiting + 3; ++i) tracer.record({.name = "x"});
  EXPECT_EQ(tracer.waiting(), Tracer::kMostWaiting);
  EXPECT_EQ(tracer.dropped(), 3U);
}

}  // namespace
}  // namespace coppice::app::tracing
