#include "app/admin/ask_shards.hpp"

#include <future>

#include <gtest/gtest.h>

namespace coppice::app::admin {
namespace {

TEST(AskShards, BringsWhatEachShardAnswers) {
  actors::Runtime runtime({.shards = 3});
  const auto answers = ask_shards<std::uint32_t>(runtime, [](std::uint32_t shard) {
    return actors::Shard::current()->index() == shard ? shard * 10 : 1U;
  });
  EXPECT_EQ(answers, (std::vector<std::optional<std::uint32_t>>{0U, 10U, 20U}));
  EXPECT_TRUE(unanswered(answers).empty());
}

TEST(AskShards, NamesThoseThatAreStuckAndWaitsForThemNoLonger) {
  actors::Runtime runtime({.shards = 2});
  std::promise<void> release;
  boost::asio::post(runtime.shard(1).io(), [held = release.get_future().share()] { held.wait(); });
  const auto answers = ask_shards<int>(
      runtime, [](std::uint32_t shard) { return static_cast<int>(shard) + 5; },
      std::chrono::milliseconds(50));
  EXPECT_EQ(answers.at(0), 5);
  EXPECT_FALSE(answers.at(1));
  EXPECT_EQ(unanswered(answers), (std::vector<std::string>{"shard 1 does not answer"}));
  release.set_value();
}

}  // namespace
}  // namespace coppice::app::admin
