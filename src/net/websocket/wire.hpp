#pragma once

#include <cstddef>
#include <cstdint>

/// The bits of a frame's first two bytes, for those who write frames and those who read them
/// (RFC 6455 5.2, and 7692 6 for compression).
namespace coppice::net::websocket::wire {

inline constexpr std::uint8_t kFinal = 0x80;
inline constexpr std::uint8_t kReserved = 0x70;
inline constexpr std::uint8_t kCompressed = 0x40;  ///< Of the reserved bits, the first.
inline constexpr std::uint8_t kOpcode = 0x0F;
inline constexpr std::uint8_t kMasked = 0x80;
inline constexpr std::uint8_t kLength = 0x7F;

/// The most bytes that a control frame may hold.
inline constexpr std::size_t kMaxControlPayload = 125;

}  // namespace coppice::net::websocket::wire
