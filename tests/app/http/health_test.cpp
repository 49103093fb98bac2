#include "app/http/health.hpp"

#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"

namespace coppice::app::http {
namespace {

using actors::Place;

class CheckTree : public testing::Test {
 protected:
  CheckTree() { run(*root()); }

  const std::shared_ptr<Place>& root() { return world_.runtime().root(); }
  void run(Place& place) { place.running(actors::Pid(), world_.runtime().now()); }

  std::shared_ptr<Place> running(Place& parent, std::string id,
                                 Place::Kind kind = Place::Kind::worker) {
    auto place = parent.add_child(std::move(id), kind, "");
    run(*place);
    return place;
  }

  std::string verdict() {
    const auto checked = check_tree(world_.runtime());
    return checked ? "pass" : checked.error().message();
  }

  actors::testkit::World world_;
};

TEST_F(CheckTree, NamesAPlaceThatIsNotRunning) {
  const auto database = running(*root(), "database", Place::Kind::supervisor);
  const auto writer = running(*database, "writer");
  EXPECT_EQ(verdict(), "pass");
  writer->stopped();
  EXPECT_EQ(verdict(), "unavailable: /database/writer is stopped");
  writer->restarting(std::nullopt);
  EXPECT_EQ(verdict(), "unavailable: /database/writer is restarting");
}

TEST_F(CheckTree, LetsConnectionsJobsAndTheDashboardComeAndGo) {
  const auto connections = running(*root(), "connections", Place::Kind::dynamic_supervisor);
  running(*connections, "1")->stopping();
  const auto jobs = running(*root(), "jobs", Place::Kind::supervisor);
  running(*jobs, "importer")->stopped();
  running(*root(), "dashboard")->stopped();
  EXPECT_EQ(verdict(), "pass");
}

}  // namespace
}  // namespace coppice::app::http
