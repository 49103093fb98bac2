#include "app/dashboard/dashboard.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "actors/pubsub/probe.hpp"
#include "actors/testkit/world.hpp"
#include "net/channels/broadcast.hpp"

namespace coppice::app::dashboard {
namespace {

using namespace std::chrono_literals;
using actors::Place;
using boost::json::value;

/// Counts, and crashes when told to.
class Worker final : public actors::Server<Worker> {
 public:
  struct Work {};
  void handle(Work) {}
  struct Crash {};
  void handle(Crash) { throw std::runtime_error("boom"); }
};

class DashboardTest : public testing::Test {
 protected:
  DashboardTest() {
    auto listener = world_.spawn<actors::pubsub::Probe>();
    EXPECT_TRUE(world_.call(listener, actors::pubsub::Probe::Run{[this](auto& probe) {
                              probe.listen(desk_->hub, std::string(kTopic), [this](const auto& b) {
                                const auto& seen =
                                    dynamic_cast<const net::channels::Broadcast&>(*b);
                                shown_.push_back(boost::json::parse(seen.payload().bytes));
                              });
                            }}));
    dashboard_ = spawn_at<Dashboard>("dashboard", desk_);
  }

  template <class A, class... Args>
  actors::Ref<A> spawn_at(const std::string& id, Args... args) {
    actors::SpawnOptions options;
    options.place = world_.runtime().root()->child(id, Place::Kind::worker, "");
    return world_.spawn_with<A>(std::move(options), std::move(args)...);
  }

  value overview() {
    return boost::json::parse(world_.call(dashboard_, Dashboard::Overview{}).value());
  }

  /// Null if the overview doesn't have it.
  static const value* actor(const value& overview, std::string_view path) {
    for (const auto& each : overview.at("actors").as_array()) {
      if (each.at("path").as_string() == path) return &each;
    }
    return nullptr;
  }

  actors::testkit::World world_{{.seed = {}}};
  DeskPtr desk_ = std::make_shared<Desk>(
      actors::pubsub::Hub::make(world_.runtime()),
      std::make_shared<admin::ActorControl>(world_.runtime(), true), "1.2.3");
  std::vector<value> shown_;
  actors::Ref<Dashboard> dashboard_;
};

TEST_F(DashboardTest, ShowsTheTreeAndWhatEachActorDid) {
  const auto worker = spawn_at<Worker>("worker");
  world_.advance(Dashboard::kInterval);
  for (int n = 0; n < 10; ++n) ASSERT_TRUE(world_.cast(worker, Worker::Work{}));
  world_.advance(Dashboard::kInterval);
  const auto seen = overview();
  EXPECT_EQ(seen.at("version").as_string(), "1.2.3");
  EXPECT_EQ(seen.at("interval_ms").to_number<int>(), 2000);
  const auto* shown = actor(seen, "/worker");
  ASSERT_NE(shown, nullptr);
  EXPECT_EQ(shown->at("state").as_string(), "running");
  EXPECT_EQ(shown->at("rate").to_number<double>(), 5);
  EXPECT_EQ(shown->at("depth").to_number<int>(), 1);
}

TEST_F(DashboardTest, KeepsAnActorsLastMinutes) {
  const auto worker = spawn_at<Worker>("worker");
  for (std::size_t n = 0; n < Series::kSamples + 5; ++n) {
    ASSERT_TRUE(world_.cast(worker, Worker::Work{}));
    world_.advance(Dashboard::kInterval);
  }
  const auto series =
      boost::json::parse(world_.call(dashboard_, Dashboard::SeriesOf{"/worker"}).value());
  for (const auto* name : {"mailbox", "rate", "busy", "restarts", "count"}) {
    EXPECT_EQ(series.at(name).as_array().size(), Series::kSamples) << name;
  }
  EXPECT_EQ(series.at("rate").as_array().back().to_number<double>(), 0.5);
}

TEST_F(DashboardTest, KnowsNoSeriesOfWhoIsNotThere) {
  const auto series = world_.call(dashboard_, Dashboard::SeriesOf{"/nobody"});
  ASSERT_FALSE(series);
  EXPECT_EQ(series.error().code, actors::Errc::not_found);
}

TEST_F(DashboardTest, BroadcastsNothingUnlessSomebodyWatches) {
  world_.advance(10 * Dashboard::kInterval);
  EXPECT_TRUE(shown_.empty());
  ++desk_->watchers;
  ASSERT_TRUE(world_.cast(dashboard_, Dashboard::Stirred{}));
  world_.advance(3 * Dashboard::kInterval);
  EXPECT_EQ(shown_.size(), 3);
}

TEST_F(DashboardTest, RestsWhileNobodyDoesAnything) {
  const auto handled = [this] { return world_.runtime().stats(dashboard_.pid())->handled; };
  world_.advance(3 * Dashboard::kInterval);
  const auto looks = handled();
  world_.advance(1h);
  EXPECT_EQ(handled(), looks);
  world_.runtime().bell().ring();
  world_.advance(3 * Dashboard::kInterval);
  EXPECT_GT(handled(), looks);
}

TEST_F(DashboardTest, LooksOnWhileSomebodyDoesSomething) {
  const auto worker = spawn_at<Worker>("worker");
  const auto handled = [this] { return world_.runtime().stats(dashboard_.pid())->handled; };
  for (int n = 0; n < 20; ++n) {
    ASSERT_TRUE(world_.cast(worker, Worker::Work{}));
    world_.advance(Dashboard::kInterval);
  }
  EXPECT_GE(handled(), 20);
}

TEST_F(DashboardTest, FillsInWhatItHasRestedThrough) {
  const auto worker = spawn_at<Worker>("worker");
  for (int n = 0; n < 3; ++n) {
    ASSERT_TRUE(world_.cast(worker, Worker::Work{}));
    world_.advance(Dashboard::kInterval);
  }
  world_.advance(30 * Dashboard::kInterval);
  for (int n = 0; n < 10; ++n) ASSERT_TRUE(world_.cast(worker, Worker::Work{}));
  world_.runtime().bell().ring();
  world_.advance(Dashboard::kInterval);
  const auto series =
      boost::json::parse(world_.call(dashboard_, Dashboard::SeriesOf{"/worker"}).value());
  const auto& rates = series.at("rate").as_array();
  ASSERT_EQ(rates.size(), 34);
  EXPECT_EQ(rates[2].to_number<double>(), 0.5);
  for (std::size_t n = 3; n < 33; ++n) EXPECT_EQ(rates[n].to_number<double>(), 0) << n;
  EXPECT_EQ(rates[33].to_number<double>(), 5);
}

TEST_F(DashboardTest, ShowsAnIdleTimeToWhoAsksAfterIt) {
  world_.advance(30 * Dashboard::kInterval);
  const auto series =
      boost::json::parse(world_.call(dashboard_, Dashboard::SeriesOf{"/dashboard"}).value());
  EXPECT_EQ(series.at("rate").as_array().size(), 31);
}

TEST_F(DashboardTest, ShowsACrashSoonAndACrowdOfThemOnce) {
  const auto worker = spawn_at<Worker>("worker");
  world_.run();
  ++desk_->watchers;
  ASSERT_TRUE(world_.cast(worker, Worker::Crash{}));
  const auto other = spawn_at<Worker>("other");
  ASSERT_TRUE(world_.cast(other, Worker::Crash{}));
  world_.run();
  EXPECT_TRUE(shown_.empty());
  world_.advance(Dashboard::kGathered);
  ASSERT_EQ(shown_.size(), 1);
  const auto& events = shown_.front().at("events").as_array();
  ASSERT_EQ(events.size(), 2);
  EXPECT_EQ(events[0].at("kind").as_string(), "actor.crash");
  EXPECT_EQ(events[0].at("path").as_string(), "/worker");
  EXPECT_NE(events[0].at("text").as_string().find("boom"), std::string::npos);
  EXPECT_EQ(events[1].at("number").to_number<int>(), 2);
  EXPECT_NE(actor(shown_.front(), "/worker")->at("crash").at("reason").as_string().find("boom"),
            std::string::npos);
}

TEST_F(DashboardTest, KeepsTheLastEvents) {
  for (std::size_t n = 0; n < Dashboard::kKept + 3; ++n) {
    const auto worker = spawn_at<Worker>("worker");
    ASSERT_TRUE(world_.cast(worker, Worker::Crash{}));
    world_.run();
  }
  const auto seen = overview();
  const auto& events = seen.at("events").as_array();
  ASSERT_EQ(events.size(), Dashboard::kKept);
  EXPECT_EQ(events.back().at("number").to_number<std::size_t>(), Dashboard::kKept + 3);
}

TEST_F(DashboardTest, CountsTheChildrenOfADynamicSupervisorAndShowsNone) {
  const auto crowd = world_.runtime().root()->child("crowd", Place::Kind::dynamic_supervisor, "");
  for (int n = 0; n < 3; ++n) crowd->child(std::to_string(n), Place::Kind::worker, "");
  const auto seen = overview();
  EXPECT_EQ(actor(seen, "/crowd")->at("count").to_number<int>(), 3);
  EXPECT_EQ(actor(seen, "/crowd/0"), nullptr);
}

}  // namespace
}  // namespace coppice::app::dashboard
