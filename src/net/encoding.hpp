#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace coppice::net {

/// Standard base64 with padding.
[[nodiscard]] std::string base64_encode(std::string_view bytes);

/// Decodes base64 in the standard or the URL alphabet, padded or not. Nothing if it is malformed.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

/// The 20 bytes of SHA-1, which the WebSocket handshake prescribes. Protects nothing.
[[nodiscard]] std::string sha1(std::string_view bytes);

}  // namespace coppice::net
