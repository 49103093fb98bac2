#include "actors/answers_together.hpp"

#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "actors/server.hpp"
#include "actors/testkit/world.hpp"

namespace coppice::actors {
namespace {

/// Keeps the questions until it is told to answer them all.
class Oracle final : public Server<Oracle> {
 public:
  struct Ask {
    using Reply = int;
    int number;
  };
  struct AnswerAll {};

  void handle(Ask question, ReplyTo<int> reply) {
    asked_.push_back({question.number, std::move(reply)});
  }

  void handle(AnswerAll /*message*/) {
    for (auto& [number, reply] : asked_) reply.answer(number);
    asked_.clear();
  }

 private:
  struct Asked {
    int number;
    ReplyTo<int> reply;
  };
  std::vector<Asked> asked_;
};

/// Asks one question and writes down the answer.
class Asker final : public Server<Asker> {
 public:
  struct Go {
    int number;
  };

  Asker(Ref<Oracle> oracle, std::shared_ptr<std::vector<int>> answers)
      : oracle_(oracle), answers_(std::move(answers)) {}

  Task<void> handle(Go go) {
    const auto answer = co_await oracle_.call(Oracle::Ask{go.number});
    answers_->push_back(answer.value_or(-1));
  }

 private:
  Ref<Oracle> oracle_;
  std::shared_ptr<std::vector<int>> answers_;
};

class AnswersTogetherTest : public testing::Test {
 protected:
  void ask_from(std::uint32_t shard, int number) {
    const auto asker =
        world_.spawn_with<Asker>({.placement = Placement::shard(shard)}, oracle_, answers_);
    world_.cast(asker, Asker::Go{number}).ignore();
    world_.run();
  }

  void answer_all() {
    world_.cast(oracle_, Oracle::AnswerAll{}).ignore();
    world_.run();
  }

  testkit::World world_{{.shards = 3}};
  std::shared_ptr<std::vector<int>> answers_ = std::make_shared<std::vector<int>>();
  Ref<Oracle> oracle_ = world_.spawn_with<Oracle>({.placement = Placement::shard(0)});
};

TEST_F(AnswersTogetherTest, KeepsAnswersToOtherShardsBackUntilItsEnd) {
  for (const int number : {1, 2, 3}) ask_from(1, number);
  std::optional<AnswersTogether> together(std::in_place);
  answer_all();
  EXPECT_TRUE(answers_->empty());
  together.reset();
  world_.run();
  EXPECT_EQ(*answers_, (std::vector{1, 2, 3}));
}

TEST_F(AnswersTogetherTest, ReachesEveryShard) {
  ask_from(1, 1);
  ask_from(2, 2);
  ask_from(1, 3);
  {
    const AnswersTogether together;
    answer_all();
  }
  world_.run();
  EXPECT_EQ(answers_->size(), 3U);
}

TEST_F(AnswersTogetherTest, ACallerOnTheSameShardIsAnsweredAtOnce) {
  ask_from(0, 1);
  const AnswersTogether together;
  answer_all();
  EXPECT_EQ(*answers_, std::vector{1});
}

TEST_F(AnswersTogetherTest, EndsWithTheInnermost) {
  ask_from(1, 1);
  const AnswersTogether outer;
  {
    const AnswersTogether inner;
    EXPECT_EQ(AnswersTogether::current(), &inner);
    answer_all();
  }
  EXPECT_EQ(AnswersTogether::current(), &outer);
  world_.run();
  EXPECT_EQ(*answers_, std::vector{1});
}

TEST_F(AnswersTogetherTest, SendsNothingWhereNothingWasAnswered) {
  {
    const AnswersTogether together;
  }
  EXPECT_EQ(AnswersTogether::current(), nullptr);
}

}  // namespace
}  // namespace coppice::actors
