#include "net/websocket/deflate.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "net/loopback.hpp"
#include "net/websocket/client_frames.hpp"
#include "net/websocket/decoder.hpp"

namespace coppice::net::websocket {
namespace {

using testing::kFinal;
using testing::raw_frame;
using Events = std::vector<std::string>;

constexpr unsigned kCompressed = 0x40;

std::string agreed(std::string_view offer) {
  http::Headers headers;
  headers.add("sec-websocket-extensions", offer);
  const auto deflate = accept_deflate(headers);
  return deflate ? to_header(*deflate) : "nothing";
}

constexpr auto* kPlain =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

TEST(Deflate, AgreesToWhatBrowsersOffer) {
  EXPECT_EQ(agreed("permessage-deflate"), kPlain);
  EXPECT_EQ(agreed("permessage-deflate; client_max_window_bits"), kPlain);
  EXPECT_EQ(agreed("permessage-deflate; client_max_window_bits=9; server_no_context_takeover; "
                   "client_no_context_takeover"),
            kPlain);
}

TEST(Deflate, KeepsToTheWindowThatTheClientWants) {
  EXPECT_EQ(agreed("permessage-deflate; server_max_window_bits=10"),
            std::string(kPlain) + "; server_max_window_bits=10");
  EXPECT_EQ(agreed("permessage-deflate; server_max_window_bits=\"9\""),
            std::string(kPlain) + "; server_max_window_bits=9");
  EXPECT_EQ(agreed("permessage-deflate; server_max_window_bits=15"), kPlain);
  EXPECT_EQ(agreed("permessage-deflate; server_max_window_bits=8"), "nothing");  // zlib has none
}

TEST(Deflate, PassesOverOffersThatItCannotMeet) {
  for (const auto* offer :
       {"", "deflate-frame", "permessage-deflate; unknown",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=09",
        "permessage-deflate; server_max_window_bits=x",
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; client_max_window_bits=",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate; client_max_window_bits; client_max_window_bits=10"}) {
    EXPECT_EQ(agreed(offer), "nothing") << offer;
  }
  EXPECT_EQ(agreed("x, permessage-deflate; server_max_window_bits=8, permessage-deflate"), kPlain);
}

TEST(Deflate, BringsMessagesBackAsTheyWere) {
  net::testing::Random random;
  for (const int bits : {9, 10, 12, 15}) {
    for (const std::size_t size : {std::size_t{1}, std::size_t{200}, random.between(1, 300'000)}) {
      std::string message;
      while (message.size() < size) message += std::to_string(random.between(0, 1000)) + ",";
      const auto frame = deflated(Frame::text(message), {.window_bits = bits});
      EXPECT_EQ(static_cast<unsigned char>(frame.wire().front()), kFinal | kCompressed | 1U);
      EXPECT_EQ(inflated(frame.payload(), 1'000'000), message);
      if (size >= 200) EXPECT_LT(frame.payload().size(), message.size());
    }
  }
}

TEST(Deflate, LeavesShortAndControlFramesAsTheyAre) {
  EXPECT_FALSE(worth_deflating(Frame::text(std::string(127, 'x'))));
  EXPECT_TRUE(worth_deflating(Frame::text(std::string(128, 'x'))));
  EXPECT_FALSE(worth_deflating(Frame::close(CloseCode::normal, "")));
}

TEST(Deflate, StopsInflatingAtTheLimit) {
  std::string zeros;
  zeros.resize(50'000'000);
  const auto bomb = deflated(Frame::binary(zeros), {});
  EXPECT_LT(bomb.payload().size(), 60'000U);
  EXPECT_EQ(inflated(bomb.payload(), 8'000'000).error(), InflateError::too_large);
}

TEST(Deflate, RefusesWhatDeflateDoesNotMake) {
  EXPECT_EQ(inflated("\xFF\xFF nonsense", 1000).error(), InflateError::malformed);
}

TEST(Deflate, TakesTheStandardsExamples) {  // RFC 7692 7.2.3
  EXPECT_EQ(inflated(std::string("\xF2\x48\xCD\xC9\xC9\x07\x00", 7), 100), "Hello");
  EXPECT_EQ(inflated(std::string("\x00\x05\x00\xFA\xFF\x48\x65\x6C\x6C\x6F\x00", 11), 100),
            "Hello");
  EXPECT_EQ(inflated(std::string("\xF3\x48\xCD\xC9\xC9\x07\x00\x00", 8), 100), "Hello");  // final
  EXPECT_EQ(inflated(std::string("\xF2\x48\x05\x00\x00\x00\xFF\xFF\xCA\xC9\xC9\x07\x00", 13), 100),
            "Hello");  // two blocks
}

Events decode(std::string bytes, const DecoderLimits& limits = {}) {
  Decoder decoder(limits, true);
  Events events;
  decoder.feed(bytes);
  while (const auto event = decoder.next()) {
    const auto code = std::to_string(static_cast<int>(event->code));
    events.push_back(event->kind == Decoder::Kind::violation ? "violation " + code
                                                             : std::string(event->payload));
  }
  return events;
}

std::string compressed(std::string_view message) {
  return std::string(deflated(Frame::text(message), {}).payload());
}

TEST(Deflate, DecodesMessagesOfEitherKindInAnyFragments) {
  const std::string message(1000, 'm');
  const auto payload = compressed(message);
  EXPECT_EQ(decode(raw_frame(kFinal | kCompressed | 1, payload) + testing::text("plain") +
                   raw_frame(kCompressed | 1, payload.substr(0, 3)) + testing::ping("between") +
                   raw_frame(kFinal, payload.substr(3))),
            (Events{message, "plain", "between", message}));
  EXPECT_EQ(decode(raw_frame(kFinal | kCompressed | 2, compressed("\xFF"))), (Events{"\xFF"}));
  EXPECT_EQ(decode(raw_frame(kFinal | kCompressed | 1, std::string(1, '\0'))), (Events{""}));
}

TEST(Deflate, TakesTheBitOnTheFirstFrameOfAMessageOnly) {
  const Events protocol_error = {"violation 1002"};
  EXPECT_EQ(decode(raw_frame(1, "a") + raw_frame(kFinal | kCompressed, "b")), protocol_error);
  EXPECT_EQ(decode(raw_frame(kFinal | kCompressed | 9, "")), protocol_error);
  EXPECT_EQ(decode(raw_frame(kFinal | kCompressed | 8, "")), protocol_error);
  EXPECT_EQ(decode(raw_frame(kFinal | 0x60 | 1, "")), protocol_error);
}

TEST(Deflate, JudgesWhatAMessageBecomes) {
  EXPECT_EQ(decode(raw_frame(kFinal | kCompressed | 1, compressed(std::string(200, '\xFF')))),
            (Events{"violation 1007"}));
  EXPECT_EQ(decode(raw_frame(kFinal | kCompressed | 1, "\xFF\xFF nonsense")),
            (Events{"violation 1007"}));
  EXPECT_EQ(decode(raw_frame(kFinal | kCompressed | 1, compressed(std::string(1001, 'x'))),
                   {.max_fragmented_bytes = 1000}),
            (Events{"violation 1009"}));
}

}  // namespace
}  // namespace coppice::net::websocket
