#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "net/http/headers.hpp"
#include "net/websocket/frame.hpp"

/// permessage-deflate (RFC 7692) without context takeover in either direction: each message is
/// compressed by itself, so that a connection keeps no state, and zlib's is shared by all
/// connections of a thread.
namespace coppice::net::websocket {

/// What has been agreed with a client.
struct Deflate {
  int window_bits = 15;  ///< Of what we send, 9 to 15.
};

/// The first offer in the client's Sec-WebSocket-Extensions that can be met; nothing if there is
/// none, and no extension is used. An offer is passed over if it has parameters that are unknown,
/// repeated or malformed, or a window of 256 bytes, which zlib hasn't.
[[nodiscard]] std::optional<Deflate> accept_deflate(const http::Headers& headers);

/// The answer's Sec-WebSocket-Extensions.
[[nodiscard]] std::string to_header(const Deflate& deflate);

/// Whether a frame is worth compressing: neither a control frame nor a short one.
[[nodiscard]] bool worth_deflating(const Frame& frame) noexcept;

/// The same message, compressed. @pre It is text or binary. Thread: any.
[[nodiscard]] Frame deflated(const Frame& frame, const Deflate& deflate);

enum class InflateError : std::uint8_t {
  malformed,
  too_large,  ///< It would be larger than it may; no more than that was inflated.
};

/// A message's payload as it was before it was compressed. Thread: any.
[[nodiscard]] std::expected<std::string, InflateError> inflated(std::string_view payload,
                                                                std::size_t max_size);

}  // namespace coppice::net::websocket
