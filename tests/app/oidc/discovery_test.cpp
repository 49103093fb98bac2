#include "app/oidc/discovery.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include <gtest/gtest.h>

#include "actors/blocking_pool.hpp"
#include "actors/server.hpp"
#include "actors/testkit/world.hpp"

namespace coppice::app::oidc {
namespace {

using actors::Errc;
using actors::Result;
using actors::Task;
using std::chrono::hours;
using std::chrono::seconds;

/// A provider that answers as the test wants it to.
struct Said {
  std::optional<actors::Error> failure;
  std::string endpoint = "https://one.example";
  int asked = 0;
};

/// Wants to know, as often as it is told to.
class Curious final : public actors::Server<Curious> {
 public:
  using Answers = std::vector<std::string>;
  Curious(Discovery discovery, std::shared_ptr<Answers> answers)
      : discovery_(std::move(discovery)), answers_(std::move(answers)) {}

  struct Find {};
  void handle(const Find& /*message*/) { background(find()); }

 private:
  Task<void> find() {
    const auto known = co_await discovery_.metadata({});
    answers_->push_back(known ? (*known)->authorization_endpoint : known.error().message());
  }

  Discovery discovery_;
  std::shared_ptr<Answers> answers_;
};

class ProviderDiscovery : public testing::Test {
 protected:
  using Answers = Curious::Answers;

  Result<Metadata> answer() {
    ++said_.asked;
    if (said_.failure) return std::unexpected(*said_.failure);
    Metadata metadata;
    metadata.authorization_endpoint = said_.endpoint;
    return metadata;
  }

  /// Somebody wants to know; what they are told by the time when nothing is left to do.
  Answers find() {
    world_.cast(curious_, Curious::Find{}).ignore();
    world_.run();
    return std::exchange(*answers_, {});
  }

  static constexpr const char* kFailure = "unavailable: no answer";
  const actors::Error failure_{Errc::unavailable, "no answer"};
  actors::testkit::World world_;
  Said said_;
  std::shared_ptr<Answers> answers_ = std::make_shared<Answers>();
  Discovery discovery_{"test", [this] { return answer(); }};
  actors::Ref<Curious> curious_ = world_.spawn<Curious>(discovery_, answers_);
};

TEST_F(ProviderDiscovery, AsksOnceForAllWhoWantToKnow) {
  world_.hold_blocking_jobs(true);
  for (int n = 0; n < 50; ++n) EXPECT_EQ(find(), Answers{});
  EXPECT_EQ(world_.runtime().blocking_pool().stats().running, 1U);
  world_.hold_blocking_jobs(false);
  world_.run();
  EXPECT_EQ(*answers_, Answers(50, "https://one.example"));
  EXPECT_EQ(said_.asked, 1);
}

TEST_F(ProviderDiscovery, TellsAllWhoWaitOfAFailure) {
  said_.failure = failure_;
  world_.hold_blocking_jobs(true);
  EXPECT_EQ(find(), Answers{});
  EXPECT_EQ(find(), Answers{});
  world_.hold_blocking_jobs(false);
  world_.run();
  EXPECT_EQ(*answers_, Answers(2, kFailure));
  EXPECT_EQ(said_.asked, 1);
}

TEST_F(ProviderDiscovery, AsksAgainFiveSecondsAfterAFailure) {
  said_.failure = failure_;
  EXPECT_EQ(find(), Answers{kFailure});
  said_.failure.reset();
  world_.advance(seconds(5) - std::chrono::milliseconds(1));
  EXPECT_EQ(find(), Answers{kFailure});
  EXPECT_EQ(said_.asked, 1);
  world_.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(find(), Answers{"https://one.example"});
  EXPECT_EQ(said_.asked, 2);
}

TEST_F(ProviderDiscovery, AsksAgainAfterAnHour) {
  EXPECT_EQ(find(), Answers{"https://one.example"});
  said_.endpoint = "https://two.example";
  world_.advance(hours(1) - seconds(1));
  EXPECT_EQ(find(), Answers{"https://one.example"});
  world_.advance(seconds(1));
  EXPECT_EQ(find(), Answers{"https://two.example"});
}

TEST_F(ProviderDiscovery, GoesByWhatWasSaidBeforeWhileNothingNewIs) {
  EXPECT_EQ(find(), Answers{"https://one.example"});
  world_.advance(hours(1));
  said_.failure = failure_;
  world_.hold_blocking_jobs(true);
  EXPECT_EQ(find(), Answers{});
  EXPECT_EQ(find(), Answers{"https://one.example"}) << "waits though there is an answer";
  world_.hold_blocking_jobs(false);
  world_.run();
  EXPECT_EQ(std::exchange(*answers_, {}), Answers{"https://one.example"});
  EXPECT_EQ(find(), Answers{"https://one.example"});
  EXPECT_EQ(said_.asked, 2);
}

TEST_F(ProviderDiscovery, TellsWhoWaitsThoughWhoAskedIsGone) {
  const auto impatient = world_.spawn<Curious>(discovery_, std::make_shared<Answers>());
  world_.hold_blocking_jobs(true);
  world_.cast(impatient, Curious::Find{}).ignore();
  world_.run();
  EXPECT_EQ(find(), Answers{});
  std::ignore = world_.stop(impatient.pid());
  world_.hold_blocking_jobs(false);
  world_.run();
  EXPECT_EQ(*answers_, Answers{"https://one.example"});
  EXPECT_EQ(said_.asked, 1);
}

}  // namespace
}  // namespace coppice::app::oidc
