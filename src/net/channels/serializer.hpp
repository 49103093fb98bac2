#pragma once

#include <cstdint>
#include <string_view>

#include "actors/result.hpp"
#include "net/channels/message.hpp"
#include "net/websocket/frame.hpp"

namespace coppice::net::channels {

/// The serializers of Phoenix Channels: V1 with JSON objects, V2 with JSON arrays and binary
/// frames.
enum class Version : std::uint8_t { v1, v2 };

/// Decodes a text frame, as lenient as Phoenix: elements or keys beyond the known are ignored, of
/// duplicate keys the first counts. @p text is UTF-8.
///
/// Errors: `malformed`; the connection is then closed with 1011.
[[nodiscard]] actors::Result<Message> decode_text(Version version, std::string_view text);

/// Decodes a binary frame, which only V2 has.
///
/// Errors: `malformed`, as above; `unsupported` for V1.
[[nodiscard]] actors::Result<Message> decode_binary(Version version, std::string_view bytes);

/// A `phx_reply`.
///
/// Errors: `unsupported` (bytes for V1), `too_large` (a field of a binary frame beyond 255 bytes).
[[nodiscard]] actors::Result<websocket::Frame> encode_reply(Version version, const Field& join_ref,
                                                            const Field& ref, const Field& topic,
                                                            std::string_view status,
                                                            const Payload& response);

/// A push to one client, `phx_close` and `phx_error` included. A binary push has no ref.
///
/// Errors: as encode_reply().
[[nodiscard]] actors::Result<websocket::Frame> encode_push(Version version, const Field& join_ref,
                                                           const Field& ref, std::string_view topic,
                                                           std::string_view event,
                                                           const Payload& payload);

/// A broadcast: the same bytes for every subscriber.
///
/// Errors: as encode_reply().
[[nodiscard]] actors::Result<websocket::Frame> encode_broadcast(Version version,
                                                                std::string_view topic,
                                                                std::string_view event,
                                                                const Payload& payload);

}  // namespace coppice::net::channels
