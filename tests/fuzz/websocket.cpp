#include <string>
#include <utility>

#include "fuzz/target.hpp"
#include "net/utf8.hpp"
#include "net/websocket/decoder.hpp"
#include "net/websocket/deflate.hpp"

/// What a client of a WebSocket sends.
namespace coppice::fuzz {
namespace {

using net::websocket::CloseCode;
using net::websocket::Decoder;
using net::websocket::Opcode;
using Kind = Decoder::Kind;

constexpr net::websocket::DecoderLimits kLimits{
    .max_frame_bytes = 2000, .max_fragmented_bytes = 1000, .max_empty_fragments = 1};

void check(const Decoder::Event& event) {
  const auto code = std::to_underlying(event.code);
  switch (event.kind) {
    case Kind::text: expect(net::is_utf8(event.payload), "text is UTF-8"); [[fallthrough]];
    case Kind::binary:
      expect(event.payload.size() <= kLimits.max_frame_bytes, "a message keeps its limit");
      break;
    case Kind::ping:
    case Kind::pong: expect(event.payload.size() <= 125, "a control frame is short"); break;
    case Kind::close:
      expect(net::is_utf8(event.payload), "a reason is UTF-8");
      expect(code >= 1000 && code != 1004 && code != 1006, "a close has a code that may be sent");
      break;
    case Kind::violation: expect(code >= 1002 && code <= 1009, "a violation has a code"); break;
  }
}

enum class Deflate : bool { refused, agreed };

std::string decoded(const Pieces& pieces, Deflate deflate) {
  Decoder decoder(kLimits, deflate == Deflate::agreed);
  std::string seen;
  bool ended = false;
  for (auto piece : pieces) {
    decoder.feed(piece);
    while (const auto event = decoder.next()) {
      expect(!ended, "nothing comes behind the end");
      ended = event->kind == Kind::close || event->kind == Kind::violation;
      check(*event);
      seen += std::to_string(static_cast<int>(event->kind)) + " " +
              std::to_string(std::to_underlying(event->code)) + " ";
      seen.append(event->payload).append("\n");
    }
  }
  return seen;
}

/// A frame as clients send it.
std::string client_frame(Opcode opcode, std::string_view payload) {
  constexpr std::string_view kMask = "\x12\x34\x56\x78";
  std::string frame = {static_cast<char>(0x80 | std::to_underlying(opcode))};
  if (payload.size() < 126) {
    frame += static_cast<char>(0x80 | payload.size());
  } else {
    frame += static_cast<char>(0x80 | 126);
    frame += static_cast<char>(payload.size() >> 8U);
    frame += static_cast<char>(payload.size() & 0xFFU);
  }
  frame += kMask;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame += static_cast<char>(payload[i] ^ kMask[i % kMask.size()]);
  }
  return frame;
}

void check_cuts(std::string_view input, Deflate deflate) {
  std::string whole;
  bool first = true;
  for_each_cut(input, [&](const Pieces& pieces) {
    auto seen = decoded(pieces, deflate);
    if (std::exchange(first, false)) whole = seen;
    expect(seen == whole, "how the bytes arrive makes no difference");
  });
}

/// As a server compresses it: its frame, masked, is one that a client may send.
void check_deflated(std::string_view payload) {
  const auto frame = net::websocket::deflated(net::websocket::Frame::binary(payload), {});
  const auto inflated = net::websocket::inflated(frame.payload(), payload.size());
  expect(inflated && *inflated == payload, "what is compressed is what it was");
  const auto one_less = payload.size() - 1;
  expect(payload.empty() || !net::websocket::inflated(frame.payload(), one_less),
         "nothing gets larger than it may");
}

void run(std::string_view input) {
  check_cuts(input, Deflate::refused);
  check_cuts(input, Deflate::agreed);
  const auto payload = input.substr(0, 1000);
  const auto message = "1 1005 " + std::string(payload) + "\n";
  expect(decoded({client_frame(Opcode::binary, payload)}, Deflate::refused) == message,
         "a message arrives");
  check_deflated(payload);
}

const Registration kRegistration("websocket", run);

}  // namespace
}  // namespace coppice::fuzz
