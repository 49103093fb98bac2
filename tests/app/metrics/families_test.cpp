#include "app/metrics/families.hpp"

#include <gtest/gtest.h>

namespace coppice::app::metrics {
namespace {

TEST(Families, HaveHistogramsThatEndInAllThatWasCounted) {
  actors::Histogram values{1, 10};
  for (const double value : {0.5, 1.0, 7.0, 70.0}) values.add(value);
  Families families;
  families.histogram("sizes", "", values.read());
  const auto made = families.take();
  const auto& histogram = made.at(0).metric.at(0).histogram;
  ASSERT_EQ(histogram.bucket.size(), 3);
  EXPECT_EQ(histogram.bucket.at(0).cumulative_count, 2);  // a bound belongs to what it bounds
  EXPECT_EQ(histogram.bucket.at(1).cumulative_count, 3);
  EXPECT_EQ(histogram.bucket.at(2).cumulative_count, 4);
  EXPECT_EQ(histogram.sample_count, 4);
  EXPECT_DOUBLE_EQ(histogram.sample_sum, 78.5);
}

TEST(Families, AddUpHistogramsOfSeveral) {
  actors::Histogram one{1};
  actors::Histogram other{1};
  one.add(0.5);
  other.add(2);
  actors::Histogram::Reading both;
  both.add(one.read());
  both.add(other.read());
  EXPECT_EQ(both.counts, (std::vector<std::uint64_t>{1, 1}));
  EXPECT_DOUBLE_EQ(both.sum, 2.5);
}

TEST(Families, LeaveOutWhatIsNotThere) {
  Families families;
  families.gauge("size_bytes", "", std::nullopt);
  EXPECT_TRUE(families.take().empty());
}

}  // namespace
}  // namespace coppice::app::metrics
