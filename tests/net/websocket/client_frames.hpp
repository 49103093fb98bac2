#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace coppice::net::websocket::testing {

inline constexpr std::uint8_t kFinal = 0x80;
inline constexpr std::uint8_t kMasked = 0x80;

/// A frame as a client sends it. @p first is the first byte: FIN, reserved bits and opcode.
inline std::string raw_frame(unsigned first, std::string_view payload) {
  constexpr std::array<unsigned, 4> kMask = {0x37, 0xFA, 0x21, 0x3D};
  std::string frame(1, static_cast<char>(first));
  const auto append_size = [&](unsigned marker, int bytes) {
    frame += static_cast<char>(kMasked | marker);
    for (int i = bytes - 1; i >= 0; --i)
      frame += static_cast<char>(payload.size() >> (8 * i) & 0xFFU);
  };
  if (payload.size() < 126) {
    append_size(static_cast<unsigned>(payload.size()), 0);
  } else if (payload.size() <= 0xFFFF) {
    append_size(126, 2);
  } else {
    append_size(127, 8);
  }
  for (const auto byte : kMask) frame += static_cast<char>(byte);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    frame += static_cast<char>(static_cast<unsigned char>(payload[i]) ^ kMask.at(i % 4));
  }
  return frame;
}

inline std::string text(std::string_view payload) { return raw_frame(kFinal | 1, payload); }
inline std::string binary(std::string_view payload) { return raw_frame(kFinal | 2, payload); }
inline std::string ping(std::string_view payload) { return raw_frame(kFinal | 9, payload); }
inline std::string pong(std::string_view payload) { return raw_frame(kFinal | 10, payload); }

inline std::string close_payload(unsigned code, std::string_view reason = {}) {
  std::string payload = {static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
  return payload.append(reason);
}
inline std::string close(unsigned code, std::string_view reason = {}) {
  return raw_frame(kFinal | 8, close_payload(code, reason));
}

/// One frame from the server.
struct ServerFrame {
  unsigned first;
  std::string payload;

  friend bool operator==(const ServerFrame&, const ServerFrame&) = default;
};

/// Takes the whole frames off the front of @p bytes.
inline std::vector<ServerFrame> take_frames(std::string& bytes) {
  std::vector<ServerFrame> frames;
  const auto byte = [&bytes](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  while (bytes.size() >= 2) {
    std::size_t size = byte(1);
    std::size_t header = 2;
    if (size >= 126) {
      header = size == 126 ? 4 : 10;
      if (bytes.size() < header) break;
      size = 0;
      for (std::size_t i = 2; i < header; ++i) size = size << 8U | byte(i);
    }
    if (bytes.size() < header + size) break;
    frames.push_back({byte(0), bytes.substr(header, size)});
    bytes.erase(0, header + size);
  }
  return frames;
}

}  // namespace coppice::net::websocket::testing
