#include "app/metrics/actor_metrics.hpp"

#include <gtest/gtest.h>

#include "actors/place.hpp"
#include "app/metrics/values.hpp"

namespace coppice::app::metrics {
namespace {

using actors::Place;

class ActorMetricsTest : public testing::Test {
 protected:
  actors::Runtime runtime_{{.shards = 1}};
  ActorMetrics metrics_{runtime_};
};

TEST_F(ActorMetricsTest, TellOfEachPlaceWhetherSomebodyLivesThere) {
  const auto jobs = runtime_.root()->add_child("jobs", Place::Kind::supervisor, "");
  const auto importer = jobs->add_child("importer", Place::Kind::worker, "");
  importer->starting(true);
  const auto families = metrics_.Collect();
  EXPECT_EQ(values(families, "coppice_actor_up").at("/jobs/importer"), 0);
  EXPECT_EQ(values(families, "coppice_actor_restarts_total").at("/jobs"), 0);
}

TEST_F(ActorMetricsTest, OnlyCountTheChildrenOfDynamicSupervisors) {
  const auto all = runtime_.root()->add_child("connections", Place::Kind::dynamic_supervisor, "");
  for (int i = 0; i < 3; ++i) all->add_child(std::to_string(i), Place::Kind::worker, "");
  const auto families = metrics_.Collect();
  EXPECT_EQ(values(families, "coppice_supervisor_children").at("/connections"), 3);
  EXPECT_FALSE(values(families, "coppice_actor_up").contains("/connections/0"));
}

}  // namespace
}  // namespace coppice::app::metrics
