#include "app/crashes/part_crashes.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"

namespace coppice::app::crashes {
namespace {

class PartCrashesTest : public testing::Test {
 protected:
  struct Told {
    std::string path;
    std::string part;
    std::string detail;
    std::string reason;
    std::string request_id;
    std::uint64_t count = 0;
  };

  PartCrashesTest() {
    subscription_ = world_.runtime().events().attach(
        [this](const actors::Event& event) {
          told_.push_back({.path = std::string(event.path),
                           .part = std::string(event.type),
                           .detail = std::string(event.detail),
                           .reason = event.reason->to_string(),
                           .request_id = std::string(event.request_id),
                           .count = event.value});
        },
        {actors::EventKind::actor_crash});
  }

  actors::testkit::World world_;
  std::vector<Told> told_;
  actors::EventBus::Subscription subscription_;
  PartCrashes crashes_{world_.runtime(), "handler", "request"};
  const std::exception_ptr failure_ = std::make_exception_ptr(std::runtime_error("boom"));
};

TEST_F(PartCrashesTest, AreToldAsThoseOfActorsAre) {
  crashes_.report("GET /api/posts/:slug", failure_, "request 7", "7");
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_EQ(told_[0].path, "GET /api/posts/:slug");
  EXPECT_EQ(told_[0].part, "handler");
  EXPECT_EQ(told_[0].detail, "request 7");
  EXPECT_EQ(told_[0].request_id, "7");
  EXPECT_NE(told_[0].reason.find("boom"), std::string::npos);
  EXPECT_EQ(told_[0].count, 1U);
}

TEST_F(PartCrashesTest, OfAFloodAreCountedByTheNextOneThatIsTold) {
  for (std::uint32_t i = 0; i < PartCrashes::kMost + 5; ++i) crashes_.report("room:a", failure_);
  EXPECT_EQ(told_.size(), PartCrashes::kMost);
  world_.advance(PartCrashes::kPeriod);
  crashes_.report("room:a", failure_, "request 7");
  ASSERT_EQ(told_.size(), PartCrashes::kMost + 1);
  EXPECT_EQ(told_.back().count, 6U);
  EXPECT_EQ(told_.back().detail, "request 7; 5 crashes before it were left out");
}

TEST_F(PartCrashesTest, OfOnePartAreToldWhileAnotherFloods) {
  for (std::uint32_t i = 0; i < PartCrashes::kMost + 5; ++i) {
    crashes_.report("GET /api/posts", failure_);
  }
  crashes_.report("GET /api/tags", failure_, "request 7");
  ASSERT_EQ(told_.size(), PartCrashes::kMost + 1);
  EXPECT_EQ(told_.back().path, "GET /api/tags");
  EXPECT_EQ(told_.back().count, 1U);
  EXPECT_EQ(told_.back().detail, "request 7");
  world_.advance(PartCrashes::kPeriod);
  crashes_.report("GET /api/tags", failure_);
  EXPECT_EQ(told_.back().count, 1U);
  crashes_.report("GET /api/posts", failure_);
  EXPECT_EQ(told_.back().count, 6U);
}

TEST_F(PartCrashesTest, OfEverNewPartsAreLimitedTogether) {
  constexpr std::size_t kTold = PartCrashes::kParts + PartCrashes::kMost;
  for (std::size_t i = 0; i < kTold + 5; ++i) {
    crashes_.report("room:" + std::to_string(i), failure_);
  }
  EXPECT_EQ(told_.size(), kTold);
  // One that has crashed before has its own limit still.
  crashes_.report("room:0", failure_);
  EXPECT_EQ(told_.size(), kTold + 1);
  EXPECT_EQ(told_.back().count, 1U);
}

TEST_F(PartCrashesTest, ShowWhatClientsSendInOneCleanLine) {
  crashes_.report("room:\x1b[2J\n" + std::string(1000, 'x'), failure_);
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_EQ(told_[0].path.find('\x1b'), std::string::npos);
  EXPECT_EQ(told_[0].path.find('\n'), std::string::npos);
  EXPECT_LT(told_[0].path.size(), 300U);
}

}  // namespace
}  // namespace coppice::app::crashes
