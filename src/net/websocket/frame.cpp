#include "net/websocket/frame.hpp"

#include <array>
#include <memory>
#include <utility>

#include "net/utf8.hpp"
#include "net/websocket/wire.hpp"

namespace coppice::net::websocket {
namespace {

constexpr std::size_t kLongestHeader = 10;  // server frames carry no mask

struct Header {
  std::array<char, kLongestHeader> bytes;
  std::size_t size;
};

Header make_header(Opcode opcode, std::size_t payload_size, Compressed compressed) {
  Header header{};
  const std::uint8_t flags =
      compressed == Compressed::yes ? wire::kFinal | wire::kCompressed : wire::kFinal;
  header.bytes[0] = static_cast<char>(flags | std::to_underlying(opcode));
  std::size_t length_bytes = 0;
  if (payload_size < 126) {
    header.bytes[1] = static_cast<char>(payload_size);
  } else if (payload_size <= 0xFFFF) {
    header.bytes[1] = 126;
    length_bytes = 2;
  } else {
    header.bytes[1] = 127;
    length_bytes = 8;
  }
  header.size = 2 + length_bytes;
  for (std::size_t i = 0; i < length_bytes; ++i) {
    header.bytes.at(header.size - 1 - i) = static_cast<char>((payload_size >> (8 * i)) & 0xFFU);
  }
  return header;
}

Frame make_frame(Opcode opcode, std::string_view payload) {
  FrameBuilder builder(payload.size());
  builder.payload() += payload;
  return std::move(builder).finish(opcode);
}

/// The longest front of @p text that fits and does not end inside a character.
std::string_view cut_utf8(std::string_view text, std::size_t max_size) {
  if (text.size() <= max_size) return text;
  auto cut = text.substr(0, max_size);
  while (!cut.empty() && !is_utf8(cut)) cut.remove_suffix(1);
  return cut;
}

}  // namespace

Frame Frame::text(std::string_view payload) { return make_frame(Opcode::text, payload); }

Frame Frame::binary(std::string_view payload) { return make_frame(Opcode::binary, payload); }

Frame Frame::ping(std::string_view payload) {
  return make_frame(Opcode::ping, payload.substr(0, wire::kMaxControlPayload));
}

Frame Frame::pong(std::string_view payload) {
  return make_frame(Opcode::pong, payload.substr(0, wire::kMaxControlPayload));
}

Frame Frame::close(CloseCode code, std::string_view reason) {
  if (code == CloseCode::no_code) return make_frame(Opcode::close, {});
  const auto number = std::to_underlying(code);
  std::string payload = {static_cast<char>(number >> 8U), static_cast<char>(number & 0xFFU)};
  payload += cut_utf8(reason, wire::kMaxControlPayload - payload.size());
  return make_frame(Opcode::close, payload);
}

FrameBuilder::FrameBuilder(std::size_t payload_size) {
  storage_.reserve(kLongestHeader + payload_size);
  storage_.resize(kLongestHeader);
}

Frame FrameBuilder::finish(Opcode opcode, Compressed compressed) && {
  const auto header = make_header(opcode, storage_.size() - kLongestHeader, compressed);
  const auto begin = kLongestHeader - header.size;
  storage_.replace(begin, header.size, header.bytes.data(), header.size);
  return Frame(boost::intrusive_ptr<const Frame::Shared>(
      std::make_unique<Frame::Shared>(std::move(storage_), begin, kLongestHeader, opcode)
          .release()));
}

}  // namespace coppice::net::websocket
