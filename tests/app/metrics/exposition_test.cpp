#include "app/metrics/exposition.hpp"

#include <gtest/gtest.h>

#include "app/metrics/families.hpp"

namespace coppice::app::metrics {
namespace {

class Source final : public prometheus::Collectable {
 public:
  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override {
    actors::Histogram sizes{1};
    sizes.add(0.5);
    sizes.add(7);
    Families families;
    families.counter("things_total", "Things", 3);
    families.histogram("sizes", "Their sizes", sizes.read());
    auto rooms = family("rooms", "Rooms", prometheus::MetricType::Gauge);
    add_gauge(rooms, {{"name", "a\"b"}}, 0.5);
    families.add(std::move(rooms));
    return families.take();
  }
};

TEST(Exposition, IsThereAsTextAndAsJson) {
  Exposition exposition;
  exposition.add(std::make_shared<Source>());
  EXPECT_TRUE(exposition.text().contains("things_total 3\n")) << exposition.text();
  EXPECT_EQ(exposition.json(),
            R"({"families":[{"name":"things_total","help":"Things","type":"counter",)"
            R"("metrics":[{"labels":{},"value":3E0}]},)"
            R"({"name":"sizes","help":"Their sizes","type":"histogram",)"
            R"("metrics":[{"labels":{},"count":2,"sum":7.5E0,)"
            R"("buckets":[{"count":1,"le":1E0},{"count":2,"le":null}]}]},)"
            R"({"name":"rooms","help":"Rooms","type":"gauge",)"
            R"("metrics":[{"labels":{"name":"a\"b"},"value":5E-1}]}]})");
}

}  // namespace
}  // namespace coppice::app::metrics
