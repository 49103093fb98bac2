#include "net/websocket/outbound_queue.hpp"

#include <array>
#include <string>

#include <gtest/gtest.h>

#include "net/loopback.hpp"

namespace coppice::net::websocket {
namespace {

/// All that gather() shows, up to @p slices frames.
std::string gathered(const OutboundQueue& queue, std::size_t slices) {
  std::array<boost::asio::const_buffer, 64> buffers;
  const auto count = queue.gather(std::span(buffers).first(slices));
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) {
    bytes.append(static_cast<const char*>(buffers.at(i).data()), buffers.at(i).size());
  }
  return bytes;
}

TEST(OutboundQueue, ShowsWhatIsNotWrittenYet) {
  OutboundQueue queue;
  EXPECT_TRUE(queue.empty());
  queue.push(Frame::text("one"));
  queue.push(Frame::text("two"));
  EXPECT_EQ(queue.bytes(), 10U);
  EXPECT_EQ(gathered(queue, 64), "\x81\x03one\x81\x03two");
  EXPECT_EQ(gathered(queue, 1), "\x81\x03one");
  queue.consume(3);
  EXPECT_EQ(gathered(queue, 64), "ne\x81\x03two");
  queue.consume(4);
  EXPECT_EQ(gathered(queue, 64), "two");
  queue.consume(3);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(gathered(queue, 64), "");
}

TEST(OutboundQueue, KeepsAFrameThatIsHalfWritten) {
  OutboundQueue queue;
  queue.push(Frame::text("one"));
  queue.push(Frame::text("two"));
  queue.consume(1);
  queue.drop_unstarted();
  queue.push(Frame::text("end"));
  EXPECT_EQ(gathered(queue, 64),
            "\x03one\x81\x03"
            "end");
  EXPECT_EQ(queue.bytes(), 9U);
  queue.consume(4);
  queue.drop_unstarted();
  EXPECT_TRUE(queue.empty());
}

// As TLS has them: encrypted already, and not yet written.
TEST(OutboundQueue, KeepsFramesOfWhichBytesAreUnderWay) {
  OutboundQueue queue;
  for (const auto* text : {"one", "two", "three"}) queue.push(Frame::text(text));
  queue.consume(1);
  queue.drop_unstarted(5);
  EXPECT_EQ(gathered(queue, 64), "\x03one\x81\x03two");
  EXPECT_EQ(queue.bytes(), 9U);
  queue.drop_unstarted(4);
  EXPECT_EQ(gathered(queue, 64), "\x03one");
}

TEST(OutboundQueue, DropsTheOldestOfThoseThatMayBeLeftOut) {
  OutboundQueue queue;
  queue.push(Frame::text("a"), Shed::oldest());
  queue.push(Frame::text("keep"));
  queue.push(Frame::text("b"), Shed::oldest());
  queue.push(Frame::text("c"), Shed::oldest());
  EXPECT_EQ(queue.sheddable_bytes(), 9U);
  EXPECT_EQ(queue.drop_oldest(3), 2U);
  EXPECT_EQ(gathered(queue, 64),
            "\x81\x04keep\x81\x01"
            "c");
  EXPECT_EQ(queue.bytes(), 9U);
  EXPECT_EQ(queue.drop_oldest(3), 0U);
  EXPECT_EQ(queue.drop_oldest(0), 1U);
  EXPECT_EQ(queue.sheddable_bytes(), 0U);
  EXPECT_EQ(queue.drop_oldest(0), 0U);
}

TEST(OutboundQueue, KeepsTheLatestWithEachKey) {
  OutboundQueue queue;
  const auto x = Shed::all_but_latest("x", "topic");
  const auto y = Shed::all_but_latest("y", "topic");
  const auto x_elsewhere = Shed::all_but_latest("x", "other");
  queue.push(Frame::text("x1"), x);
  queue.push(Frame::text("y1"), y);
  queue.push(Frame::text("o1"), x_elsewhere);
  queue.push(Frame::text("old"), Shed::oldest());
  queue.push(Frame::text("x2"), x);
  queue.push(Frame::text("old"), Shed::oldest());
  queue.push(Frame::text("x3"), x);
  EXPECT_EQ(queue.drop_superseded(), 2U);
  EXPECT_EQ(gathered(queue, 64), "\x81\x02y1\x81\x02o1\x81\x03old\x81\x03old\x81\x02x3");
  EXPECT_EQ(queue.drop_superseded(), 0U);
}

TEST(OutboundQueue, LeavesOutNoFrameThatIsHalfWrittenOrUnderWay) {
  OutboundQueue queue;
  for (int i = 0; i < 3; ++i) queue.push(Frame::text("abc"), Shed::all_but_latest("k", "t"));
  queue.consume(1);
  EXPECT_EQ(queue.drop_superseded(5), 0U);
  EXPECT_EQ(queue.drop_oldest(0, 5), 1U);
  EXPECT_EQ(gathered(queue, 64),
            "\x03"
            "abc\x81\x03"
            "abc");
  EXPECT_EQ(queue.drop_superseded(), 0U);
  queue.consume(queue.bytes());
  EXPECT_EQ(queue.sheddable_bytes(), 0U);
}

TEST(OutboundQueue, LosesNothingInAnyOrderOfUse) {
  net::testing::Random random;
  OutboundQueue queue;
  std::string expected;
  std::string written;
  for (int round = 0; round < 5000; ++round) {
    if (random.between(0, 2) > 0) {
      const auto frame =
          Frame::text(std::string(random.between(0, 20), static_cast<char>('a' + round % 26)));
      expected += frame.wire();
      queue.push(frame);
    }
    auto bytes = gathered(queue, 64);
    bytes.resize(random.between(0, bytes.size()));
    written += bytes;
    queue.consume(bytes.size());
  }
  while (!queue.empty()) {
    const auto bytes = gathered(queue, 64);
    written += bytes;
    queue.consume(bytes.size());
  }
  EXPECT_EQ(written, expected);
}

}  // namespace
}  // namespace coppice::net::websocket
