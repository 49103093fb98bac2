#include "app/nodes/sent_batch.hpp"

#include <gtest/gtest.h>

#include "db/codec.hpp"
#include "db/database_fixture.hpp"

namespace coppice::app::nodes {
namespace {

using actors::Errc;
using db::must;

TEST(SentBatch, BringsACommandAsItWas) {
  const db::Command command{"notes.add", std::string("\0\xff x", 4), "key", "what"};
  const SentCommands sent{{to_sent(command, std::chrono::milliseconds(1500))}};
  auto read = must(db::from_bytes<SentCommands>(db::to_bytes(sent)));
  ASSERT_EQ(read.commands.size(), 1U);
  EXPECT_EQ(read.commands[0].milliseconds, 1500);
  const auto arrived = from_sent(std::move(read.commands[0]));
  EXPECT_EQ(arrived.name, command.name);
  EXPECT_EQ(arrived.arguments, command.arguments);
  EXPECT_EQ(arrived.idempotency_key, command.idempotency_key);
  EXPECT_EQ(arrived.intent, command.intent);
}

TEST(SentBatch, BringsAValueAndItsPosition) {
  const auto arrived = must(from_sent(to_sent(db::CommandReply{"value", {3, 7}})));
  EXPECT_EQ(arrived.value, "value");
  EXPECT_EQ(arrived.position, (db::Position{3, 7}));
}

TEST(SentBatch, BringsAnErrorAsIfItWereLocal) {
  const auto arrived = from_sent(to_sent(actors::fail(Errc::conflict, "slug: has been taken")));
  EXPECT_EQ(arrived.error(), actors::Error(Errc::conflict, "slug: has been taken"));
}

}  // namespace
}  // namespace coppice::app::nodes
