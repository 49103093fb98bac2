#include "db/write_queue.hpp"

#include <string>

#include <gtest/gtest.h>

#include "actors/external_call.hpp"
#include "actors/runtime.hpp"

namespace coppice::db {
namespace {

class WriteQueueTest : public testing::Test {
 protected:
  static WaitingCommand command(const std::string& name, ClientId client) {
    return {
        .command = std::make_shared<const Command>(name, "", ""), .reply = {}, .client = client};
  }

  static QueueLimits limits() {
    return {.commands_per_client = 5, .bytes = 10 * command("a", 1).bytes()};
  }

  void push(const std::string& names, ClientId client) {
    for (const char name : names) queue_.push(command({name}, client));
  }

  std::vector<WaitingCommand> take(std::size_t most) {
    std::vector<WaitingCommand> taken;
    while (taken.size() < most && !queue_.empty()) taken.push_back(std::move(*queue_.pop()));
    return taken;
  }

  static std::string names(const std::vector<WaitingCommand>& taken) {
    std::string text;
    for (const auto& waiting : taken) text += waiting.command->name;
    return text;
  }

  std::string all() { return names(take(100)); }

  WriteQueue queue_{limits()};
};

TEST_F(WriteQueueTest, KeepsTheOrderOfOneClient) {
  push("abcd", 1);
  EXPECT_EQ(all(), "abcd");
  EXPECT_TRUE(queue_.empty());
  EXPECT_FALSE(queue_.pop());
}

TEST_F(WriteQueueTest, KnowsWhenTheOldestCameWhoeverSentIt) {
  EXPECT_FALSE(queue_.oldest());
  for (const int second : {3, 2, 4}) {
    auto waiting = command("a", static_cast<ClientId>(second));
    waiting.came = actors::Time(std::chrono::seconds(second));
    queue_.push(std::move(waiting));
  }
  EXPECT_EQ(queue_.oldest(), actors::Time(std::chrono::seconds(2)));
  auto taken = take(2);
  EXPECT_EQ(queue_.oldest(), actors::Time(std::chrono::seconds(4)));
  queue_.put_back(std::move(taken));
  EXPECT_EQ(queue_.oldest(), actors::Time(std::chrono::seconds(2)));
}

TEST_F(WriteQueueTest, ClientsTakeTurns) {
  push("abcde", 1);
  push("x", 2);
  push("y", 3);
  EXPECT_EQ(all(), "axybcde");
}

TEST_F(WriteQueueTest, ANewcomerTakesPartInTheNextRound) {
  push("abcde", 1);
  push("vwxy", 2);
  EXPECT_EQ(names(take(3)), "avb");
  push("n", 3);
  EXPECT_EQ(all(), "wcxndye");
}

TEST_F(WriteQueueTest, NewcomersOneAfterTheOtherKeepNobodyWaitingForMoreThanARound) {
  push("abc", 1);
  std::string order;
  for (ClientId client = 2; client < 12; ++client) {
    push("n", client);
    order += names(take(1));
  }
  EXPECT_EQ(order, "anbnncnnnn");
}

TEST_F(WriteQueueTest, WhatIsGivenBackComesFirstAndInItsOrder) {
  push("abc", 1);
  push("x", 2);
  auto begun = take(3);
  ASSERT_EQ(names(begun), "axb");
  push("y", 2);
  queue_.put_back(std::move(begun));
  EXPECT_EQ(queue_.size(), 5U);
  const auto again = all();
  EXPECT_LT(again.find('a'), again.find('b'));
  EXPECT_LT(again.find('b'), again.find('c'));
  EXPECT_LT(again.find('x'), again.find('y'));
}

TEST_F(WriteQueueTest, TakesOneClientsCommandsUpToALimit) {
  push("abcdefgh", 1);
  push("x", 2);
  EXPECT_EQ(queue_.size(), 6U);
  EXPECT_EQ(all(), "axbcde");
}

TEST_F(WriteQueueTest, TakesBytesUpToALimitWithWhatBelongsToACommand) {
  for (ClientId client = 1; client <= 12; ++client) push("a", client);
  EXPECT_EQ(queue_.size(), 10U);
  EXPECT_TRUE(queue_.pop());
  push("b", 20);
  EXPECT_EQ(queue_.size(), 10U);
}

TEST_F(WriteQueueTest, TellsThoseWhoseCommandIsNotTaken) {
  actors::Runtime runtime({.shards = 1});
  const auto call = actors::ExternalCall<CommandReply>::make(runtime);
  auto refused = command(std::string(limits().bytes, 'a'), 1);
  refused.reply = call->reply_to(actors::Time::max());
  queue_.push(std::move(refused));
  const auto answer = call->wait(actors::Time::max());
  EXPECT_EQ(answer.error(), actors::Errc::overloaded);
}

}  // namespace
}  // namespace coppice::db
