// PubSub on real threads: what the deterministic tests cannot show.
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/pubsub/hub.hpp"
#include "actors/runtime.hpp"
#include "actors/server.hpp"
#include "actors/spawn.hpp"

namespace coppice::actors::pubsub {
namespace {

constexpr std::uint32_t kShards = 4;
constexpr std::size_t kPublishers = 4;  // one of them is no shard
constexpr std::uint64_t kMessages = 500;

class Numbered final : public Broadcast {
 public:
  Numbered(std::size_t publisher, std::uint64_t number) : publisher(publisher), number(number) {}
  const std::size_t publisher;
  const std::uint64_t number;
};

struct Counts {
  std::atomic<std::uint64_t> received{0};
  std::atomic<std::uint64_t> out_of_order{0};
};

void publish_all(const std::shared_ptr<Hub>& hub, std::size_t publisher) {
  for (std::uint64_t n = 1; n <= kMessages; ++n) {
    hub->broadcast("room", std::make_shared<const Numbered>(publisher, n));
  }
}

class Publisher final : public Server<Publisher> {
 public:
  Publisher(std::shared_ptr<Hub> hub, std::size_t number) : hub_(std::move(hub)), number_(number) {}
  struct Go {
    using Reply = void;
  };
  void handle(Go /*message*/) { publish_all(hub_, number_); }

 private:
  std::shared_ptr<Hub> hub_;
  std::size_t number_;
};

/// Checks that each publisher's numbers come in sequence, by mail or in place.
class Checker final : public Server<Checker> {
 public:
  Checker(std::shared_ptr<Hub> hub, std::shared_ptr<Counts> counts, bool in_place)
      : hub_(std::move(hub)), counts_(std::move(counts)), in_place_(in_place) {}

  void init() {
    subscription_ = in_place_ ? hub_->subscribe("room", self().pid(),
                                                [this](const BroadcastPtr& b) { check(*b); })
                              : hub_->subscribe("room", self());
  }
  void handle(const Delivery& delivery) { check(*delivery.broadcast); }

 private:
  void check(const Broadcast& broadcast) {
    const auto& numbered = dynamic_cast<const Numbered&>(broadcast);
    if (numbered.number != ++last_.at(numbered.publisher)) ++counts_->out_of_order;
    ++counts_->received;
  }

  std::shared_ptr<Hub> hub_;
  std::shared_ptr<Counts> counts_;
  bool in_place_;
  Subscription subscription_;
  std::array<std::uint64_t, kPublishers> last_{};
};

/// Subscribes and cancels all the time.
class Flutterer final : public Server<Flutterer> {
 public:
  Flutterer(std::shared_ptr<Hub> hub, std::shared_ptr<std::atomic<bool>> done)
      : hub_(std::move(hub)), done_(std::move(done)) {}
  void init() { requeue(Again{}); }
  struct Again {};
  void handle(Again /*message*/) {
    if (*done_) return;
    subscription_ =
        subscription_ ? Subscription() : hub_->subscribe("room", self().pid(), [](const auto&) {});
    requeue(Again{});
  }

 private:
  std::shared_ptr<Hub> hub_;
  std::shared_ptr<std::atomic<bool>> done_;
  Subscription subscription_;
};

bool wait_until(const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!done()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST(HubThreads, KeepEachPublishersOrderAcrossShardsWhileOthersComeAndGo) {
  const auto counts = std::make_shared<Counts>();
  const auto done = std::make_shared<std::atomic<bool>>(false);
  Runtime runtime({.shards = kShards});
  const auto hub = Hub::make(runtime);
  std::uint64_t checkers = 0;
  SpawnOptions options;
  options.mailbox.capacity = kPublishers * kMessages;
  for (std::uint32_t shard = 0; shard < kShards; ++shard) {
    options.placement = Placement::shard(shard);
    for (const bool in_place : {true, false}) {
      ASSERT_TRUE(spawn<Checker>(runtime, options, hub, counts, in_place));
      ++checkers;
    }
    ASSERT_TRUE(spawn<Flutterer>(runtime, options, hub, done));
  }
  {
    std::vector<std::jthread> threads;
    for (std::size_t number = 1; number < kPublishers; ++number) {
      options.placement = Placement::shard(static_cast<std::uint32_t>(number));
      const auto publisher = spawn<Publisher>(runtime, options, hub, number);
      ASSERT_TRUE(publisher);
      threads.emplace_back([ref = *publisher] {
        EXPECT_TRUE(ref.call_blocking(Publisher::Go{}, std::chrono::seconds(60)));
      });
    }
    publish_all(hub, 0);
  }
  const std::uint64_t expected = checkers * kPublishers * kMessages;
  EXPECT_TRUE(wait_until([&] { return counts->received == expected; }));
  *done = true;
  EXPECT_EQ(counts->received, expected);
  EXPECT_EQ(counts->out_of_order, 0U);
}

}  // namespace
}  // namespace coppice::actors::pubsub
