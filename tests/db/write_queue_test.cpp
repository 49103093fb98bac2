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
    return {.command = {.name = name, .arguments = {}, .idempotency_key = {}},
            .reply = {},
            .client = client};
  }

  void push(const std::string& names, ClientId client) {
    for (const char name : names) queue_.push(command({name}, client));
  }

  static std::string names(const std::vector<WaitingCommand>& batch) {
    std::string text;
    for (const auto& waiting : batch) text += waiting.command.name;
    return text;
  }

  WriteQueue queue_{{.commands = 4, .bytes = 10}, {.commands_per_client = 5, .bytes = 100}};
};

TEST_F(WriteQueueTest, KeepsTheOrderOfArrivalWhileAllFitsIntoABatch) {
  push("ab", 1);
  push("c", 2);
  push("d", 1);
  EXPECT_EQ(names(queue_.take()), "abcd");
  EXPECT_TRUE(queue_.empty());
}

TEST_F(WriteQueueTest, ClientsTakeTurnsWhenMoreWaits) {
  push("abcde", 1);
  push("x", 2);
  push("y", 3);
  EXPECT_EQ(names(queue_.take()), "axyb");
  EXPECT_EQ(names(queue_.take()), "cde");
}

TEST_F(WriteQueueTest, ANewcomerHasItsTurnInTheNextBatch) {
  push("abcde", 1);
  push("vwxyz", 2);
  EXPECT_EQ(names(queue_.take()), "avbw");
  push("n", 3);
  EXPECT_EQ(names(queue_.take()), "cxnd");
}

TEST_F(WriteQueueTest, WhatIsGivenBackComesFirst) {
  push("abcde", 1);
  push("x", 2);
  auto batch = queue_.take();
  ASSERT_EQ(names(batch), "axbc");
  std::vector<WaitingCommand> rest;
  rest.push_back(std::move(batch[2]));
  rest.push_back(std::move(batch[3]));
  queue_.put_back(std::move(rest));
  push("f", 1);
  EXPECT_EQ(names(queue_.take()), "bcde");
  EXPECT_EQ(names(queue_.take()), "f");
}

TEST_F(WriteQueueTest, ABatchIsBoundedByBytesAndHasOneCommandAtLeast) {
  queue_.push(command(std::string(11, 'a'), 1));
  push("b", 1);
  EXPECT_EQ(queue_.take().size(), 1U);
  EXPECT_EQ(names(queue_.take()), "b");
}

TEST_F(WriteQueueTest, TakesOneClientsCommandsUpToALimit) {
  push("abcdefgh", 1);
  push("x", 2);
  EXPECT_EQ(queue_.size(), 6U);
  EXPECT_EQ(names(queue_.take_all()), "axbcde");
}

TEST_F(WriteQueueTest, TakesBytesUpToALimit) {
  queue_.push(command(std::string(60, 'a'), 1));
  queue_.push(command(std::string(60, 'b'), 2));
  EXPECT_EQ(queue_.size(), 1U);
  EXPECT_EQ(queue_.take().size(), 1U);
  queue_.push(command(std::string(60, 'b'), 2));
  EXPECT_EQ(queue_.size(), 1U);
}

TEST_F(WriteQueueTest, TellsThoseWhoseCommandIsNotTaken) {
  actors::Runtime runtime({.shards = 1});
  const auto call = actors::ExternalCall<CommandReply>::make(runtime);
  auto refused = command(std::string(101, 'a'), 1);
  refused.reply = call->reply_to(actors::Time::max());
  queue_.push(std::move(refused));
  const auto answer = call->wait(actors::Time::max());
  EXPECT_EQ(answer.error(), actors::Errc::overloaded);
}

}  // namespace
}  // namespace coppice::db
