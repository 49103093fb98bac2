// Presence on real threads: channels on all shards come, change and go while it restarts.
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "actors/presence/presence_fixture.hpp"
#include "actors/runtime.hpp"
#include "actors/spawn.hpp"

namespace coppice::actors::presence {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kShards = 3;
constexpr int kChannels = 24;
constexpr int kUpdates = 20;

PresenceOptions options() {
  return {.window = 1ms,
          .encode_diff = [](const Diff& diff) { return std::make_shared<const DiffMessage>(diff); },
          .encode_state =
              [](const TopicState& state) { return std::make_shared<const StateMessage>(state); },
          .encode_count =
              [](const TopicCount& count) { return std::make_shared<const CountMessage>(count); }};
}

class PresenceThreads : public testing::Test {
 protected:
  Ref<Presence> start_presence(std::uint32_t shard) {
    const auto started = spawn<Presence>(runtime_, {.placement = Placement::shard(shard % kShards)},
                                         roster_, hub_, options());
    EXPECT_TRUE(started);
    return *started;
  }

  Ref<Channel> join(int number) {
    const auto shard = static_cast<std::uint32_t>(number) % kShards;
    const auto joined = spawn<Channel>(runtime_, {.placement = Placement::shard(shard)}, roster_,
                                       hub_, std::string("room"), "k" + std::to_string(number % 5),
                                       std::make_shared<Client>());
    EXPECT_TRUE(joined);
    return *joined;
  }

  Ref<Viewer> view(std::uint32_t number) {
    const auto joined =
        spawn<Viewer>(runtime_, {.placement = Placement::shard(number % kShards)}, roster_, hub_,
                      std::string("page"), std::make_shared<std::vector<std::uint64_t>>());
    EXPECT_TRUE(joined);
    return *joined;
  }

  static bool sees(const Ref<Channel>& channel, const View& expected) {
    const auto seen = channel.call_blocking(Channel::See{}, 60s);
    return seen && *seen == expected;
  }

  static bool wait_until_all_see(const std::vector<Ref<Channel>>& channels, const View& expected) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    for (const auto& channel : channels) {
      while (!sees(channel, expected)) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::yield();
      }
    }
    return true;
  }

  Runtime runtime_{{.shards = kShards}};
  std::shared_ptr<pubsub::Hub> hub_ = pubsub::Hub::make(runtime_);
  std::shared_ptr<Roster> roster_ = Roster::make(runtime_);
};

TEST_F(PresenceThreads, AllClientsSeeTheSameInTheEnd) {
  auto presence = start_presence(0);
  std::vector<Ref<Channel>> staying;
  for (int number = 0; number < kChannels; ++number) {
    staying.push_back(join(number));
    const auto leaving = join(number);
    for (int update = 0; update < kUpdates; ++update) {
      EXPECT_TRUE(
          staying.at(static_cast<std::size_t>(update) % staying.size()).cast(Channel::Update{}));
    }
    EXPECT_TRUE(leaving.cast(Channel::Leave{}));
    if (number % 8 != 0) continue;
    std::ignore = runtime_.stop(presence.pid(), ExitReason::custom("drill"));
    presence = start_presence(static_cast<std::uint32_t>(number) / 8);
  }
  // The last channel's answer comes after its updates; a list then knows all versions.
  for (const auto& channel : staying) EXPECT_TRUE(channel.call_blocking(Channel::See{}, 60s));
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (roster_->count() != staying.size() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  const auto now = presence.call_blocking(Presence::List{"room"}, 60s);
  ASSERT_TRUE(now);
  EXPECT_EQ(now->entries.size(), staying.size());
  EXPECT_TRUE(wait_until_all_see(staying, view_of(*now)));
}

TEST_F(PresenceThreads, CountsAreRightInTheEnd) {
  auto presence = start_presence(0);
  std::vector<Ref<Viewer>> staying;
  for (std::uint32_t number = 0; number < 60; ++number) {
    staying.push_back(view(number));
    EXPECT_TRUE(view(number + 1).cast(Viewer::Leave{}));
    if (number % 20 != 0) continue;
    std::ignore = runtime_.stop(presence.pid(), ExitReason::custom("drill"));
    presence = start_presence(number / 20);
  }
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  std::uint64_t count = 0;
  while (count != staying.size() && std::chrono::steady_clock::now() < deadline) {
    count = presence.call_blocking(Presence::Count{"page"}, 60s).value_or(0);
  }
  EXPECT_EQ(count, staying.size());
}

}  // namespace
}  // namespace coppice::actors::presence
