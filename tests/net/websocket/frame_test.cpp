#include "net/websocket/frame.hpp"

#include <gtest/gtest.h>

namespace coppice::net::websocket {
namespace {

std::string_view bytes(const char* text, std::size_t size) { return {text, size}; }

TEST(Frame, HasTheShortestHeaderForItsSize) {
  EXPECT_EQ(Frame::text("hi").wire(), "\x81\x02hi");
  EXPECT_EQ(Frame::binary("").wire(), bytes("\x82\x00", 2));
  EXPECT_EQ(Frame::text(std::string(125, 'a')).wire().substr(0, 3),
            "\x81\x7D"
            "a");
  EXPECT_EQ(Frame::text(std::string(126, 'a')).wire().substr(0, 5), bytes("\x81\x7E\x00\x7E"
                                                                          "a",
                                                                          5));
  EXPECT_EQ(Frame::text(std::string(65535, 'a')).wire().substr(0, 5),
            "\x81\x7E\xFF\xFF"
            "a");
  EXPECT_EQ(Frame::text(std::string(65536, 'a')).wire().substr(0, 11),
            bytes("\x81\x7F\x00\x00\x00\x00\x00\x01\x00\x00"
                  "a",
                  11));
}

TEST(Frame, GivesItsPayloadBack) {
  for (const std::size_t size : {0U, 125U, 126U, 70'000U}) {
    const std::string payload(size, 'x');
    EXPECT_EQ(Frame::text(payload).payload(), payload);
  }
}

TEST(Frame, SharesItsBytesWithItsCopies) {
  const auto frame = Frame::text("hello");
  const std::vector<Frame> queue(3, frame);
  EXPECT_EQ(queue.back().wire().data(), frame.wire().data());
}

TEST(Frame, KeepsControlFramesSmall) {
  EXPECT_EQ(Frame::ping(std::string(200, 'a')).payload().size(), 125U);
  EXPECT_EQ(Frame::pong("x").wire(), "\x8A\x01x");
  EXPECT_EQ(Frame::close(CloseCode::no_code, "").wire(), bytes("\x88\x00", 2));
  EXPECT_EQ(Frame::close(CloseCode::restarting, "bye").payload(),
            "\x03\xF4"
            "bye");
}

TEST(Frame, CutsACloseReasonBetweenCharacters) {
  std::string reason(122, 'a');
  reason += "ü and more";
  EXPECT_EQ(Frame::close(CloseCode::normal, reason).payload().substr(2), std::string(122, 'a'));
}

TEST(FrameBuilder, BuildsInPlace) {
  FrameBuilder builder;
  builder.payload() += "[1,";
  builder.payload() += "2]";
  EXPECT_EQ(std::move(builder).finish(Opcode::text).wire(), "\x81\x05[1,2]");
}

}  // namespace
}  // namespace coppice::net::websocket
