#include "net/websocket/decoder.hpp"

#include <gtest/gtest.h>

#include "net/loopback.hpp"
#include "net/websocket/client_frames.hpp"
#include "net/websocket/describe_event.hpp"

namespace coppice::net::websocket {
namespace {

using testing::close;
using testing::close_payload;
using testing::describe;
using testing::kFinal;
using testing::ping;
using testing::raw_frame;
using testing::text;

void feed(Decoder& decoder, std::string bytes, std::vector<std::string>& events) {
  decoder.feed(bytes);
  while (const auto event = decoder.next()) events.push_back(describe(*event));
}

std::vector<std::string> decode(std::string_view bytes, const DecoderLimits& limits = {}) {
  Decoder decoder(limits);
  std::vector<std::string> events;
  feed(decoder, std::string(bytes), events);
  return events;
}

using Events = std::vector<std::string>;

std::string example_stream() {
  return text("hello") + testing::binary("bytes\xFF") + ping("p") + text("") + testing::pong("") +
         raw_frame(1, "frag\xC3") + ping("between") + raw_frame(0, "\xBC ment") +
         raw_frame(kFinal, "ed") + raw_frame(2, "") + raw_frame(kFinal, "") +
         text(std::string(126, 'a')) + text(std::string(70'000, 'b')) + close(1000, "bye") +
         text("too late");
}

Events example_events() {
  return {"text hello",
          "binary bytes\xFF",
          "ping p",
          "text ",
          "pong ",
          "ping between",
          "text frag\xC3\xBC mented",
          "binary ",
          "text " + std::string(126, 'a'),
          "text " + std::string(70'000, 'b'),
          "close 1000 bye"};
}

TEST(Decoder, DecodesAWholeStreamAtOnce) { EXPECT_EQ(decode(example_stream()), example_events()); }

TEST(Decoder, DecodesByteByByte) {
  Decoder decoder;
  Events events;
  for (const char c : example_stream()) feed(decoder, std::string(1, c), events);
  EXPECT_EQ(events, example_events());
}

TEST(Decoder, DecodesRandomPieces) {
  net::testing::Random random;
  for (int round = 0; round < 50; ++round) {
    Decoder decoder;
    Events events;
    for (const auto& piece : random.pieces(example_stream())) feed(decoder, piece, events);
    EXPECT_EQ(events, example_events());
  }
}

TEST(Decoder, RefusesBrokenFraming) {
  const Events protocol_error = {"violation 1002"};
  EXPECT_EQ(decode(raw_frame(kFinal | 0x41, "")), protocol_error);  // reserved bit
  EXPECT_EQ(decode(raw_frame(kFinal | 3, "")), protocol_error);     // unknown opcodes
  EXPECT_EQ(decode(raw_frame(kFinal | 11, "")), protocol_error);
  EXPECT_EQ(decode("\x81\x02hi"), protocol_error);                   // not masked
  EXPECT_EQ(decode(raw_frame(9, "")), protocol_error);               // fragmented ping
  EXPECT_EQ(decode(ping(std::string(126, 'a'))), protocol_error);    // long ping
  EXPECT_EQ(decode(raw_frame(kFinal, "x")), protocol_error);         // continues nothing
  EXPECT_EQ(decode(raw_frame(1, "x") + text("y")), protocol_error);  // starts within another
}

TEST(Decoder, RefusesAsSoonAsTwoBytesAreThere) {
  EXPECT_EQ(decode("\x81\x02"), (Events{"violation 1002"}));
  EXPECT_EQ(decode("\x89\xFE"), (Events{"violation 1002"}));
}

TEST(Decoder, RefusesNothingThatCameBefore) {
  EXPECT_EQ(decode(text("fine") + raw_frame(kFinal | 3, "") + text("unheard")),
            (Events{"text fine", "violation 1002"}));
}

TEST(Decoder, FindsInvalidTextBeforeItsMessageIsComplete) {
  EXPECT_EQ(decode(raw_frame(1, "ok \xC0")), (Events{"violation 1007"}));
  EXPECT_EQ(decode(raw_frame(kFinal | 1, std::string("\xFF") + std::string(50, 'a')).substr(0, 7)),
            (Events{"violation 1007"}));
  EXPECT_EQ(decode(text("\xE2\x82")), (Events{"violation 1007"}));
  EXPECT_EQ(decode(raw_frame(1, "\xE2") + raw_frame(kFinal, "\x82")), (Events{"violation 1007"}));
  EXPECT_EQ(decode(testing::binary("\xFF")), (Events{"binary \xFF"}));
}

TEST(Decoder, JudgesCloseFrames) {
  EXPECT_EQ(decode(raw_frame(kFinal | 8, "")), (Events{"close 1005 "}));
  for (const auto code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 4999}) {
    EXPECT_EQ(decode(close(static_cast<unsigned>(code))),
              (Events{"close " + std::to_string(code) + " "}));
  }
  for (const auto code : {0, 999, 1004, 1005, 1006, 1012, 1015, 1016, 1100, 2000, 2999}) {
    EXPECT_EQ(decode(close(static_cast<unsigned>(code))), (Events{"violation 1002"})) << code;
  }
  EXPECT_EQ(decode(raw_frame(kFinal | 8, "\x03")), (Events{"violation 1002"}));
  EXPECT_EQ(decode(close(1000, "\xFF")), (Events{"violation 1007"}));
}

TEST(Decoder, JudgesAFrameBySizeAsSoonAsItsHeaderIsThere) {
  const DecoderLimits limits{.max_frame_bytes = 106, .max_fragmented_bytes = 150};
  EXPECT_EQ(decode(text(std::string(100, 'a')), limits).size(), 1U);  // with its header: 106
  EXPECT_EQ(decode(text(std::string(101, 'a')).substr(0, 6), limits), (Events{"violation 1009"}));
  const std::string huge =
      "\x82\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
      "mask";
  EXPECT_EQ(decode(huge), (Events{"violation 1009"}));
}

TEST(Decoder, BoundsAFragmentedMessageAsAWhole) {
  const DecoderLimits limits{.max_frame_bytes = 106, .max_fragmented_bytes = 150};
  const auto first = raw_frame(2, std::string(100, 'a'));
  EXPECT_EQ(decode(first + raw_frame(kFinal, std::string(50, 'b')), limits).size(), 1U);
  EXPECT_EQ(decode(first + raw_frame(kFinal, std::string(51, 'b')), limits),
            (Events{"violation 1009"}));
}

TEST(Decoder, RefusesEmptyFragmentsInTheMiddle) {
  const auto stream = raw_frame(1, "") + raw_frame(0, "") + raw_frame(kFinal, "");
  EXPECT_EQ(decode(stream), (Events{"violation 1008"}));
  EXPECT_EQ(decode(stream, {.max_empty_fragments = 1}), (Events{"text "}));
}

}  // namespace
}  // namespace coppice::net::websocket
