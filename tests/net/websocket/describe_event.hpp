#pragma once

#include <string>

#include "net/websocket/decoder.hpp"

namespace coppice::net::websocket::testing {

/// An event as text: "text hello", "close 1000 bye", "violation 1002".
inline std::string describe(const Decoder::Event& event) {
  const auto code = std::to_string(static_cast<int>(event.code));
  const std::string payload(event.payload);
  switch (event.kind) {
    case Decoder::Kind::text: return "text " + payload;
    case Decoder::Kind::binary: return "binary " + payload;
    case Decoder::Kind::ping: return "ping " + payload;
    case Decoder::Kind::pong: return "pong " + payload;
    case Decoder::Kind::close: return "close " + code + " " + payload;
    case Decoder::Kind::violation: return "violation " + code;
  }
  return "?";
}

}  // namespace coppice::net::websocket::testing
