#include "net/channels/longpoll_outbox.hpp"

#include "net/json.hpp"

namespace coppice::net::channels {

using websocket::CloseCause;
using websocket::CloseCode;

void LongPollOutbox::send(const websocket::Frame& frame) {
  if (ending_ || frame.opcode() != websocket::Opcode::text) return;
  const auto size = frame.payload().size();
  if (!frames_.empty() && bytes_ + size > max_bytes_) {
    frames_.clear();
    bytes_ = 0;
    return end(CloseCause::overflow, CloseCode::try_later, "polling too slowly");
  }
  frames_.push_back(frame);
  bytes_ += size;
  tell();
}

void LongPollOutbox::close(CloseCode code, std::string_view reason) {
  end(CloseCause::server, code, reason);
}

void LongPollOutbox::end(CloseCause cause, CloseCode code, std::string_view reason) {
  if (ending_) return;
  ending_ = {cause, code, std::string(reason)};
  tell();
}

std::optional<std::string> LongPollOutbox::take() {
  if (frames_.empty()) return std::nullopt;
  std::string json;
  json.reserve(bytes_ + bytes_ / 4 + 2);  // quotes are escaped
  for (const auto& frame : frames_) {
    json += json.empty() ? '[' : ',';
    append_json_string(json, frame.payload());
  }
  json += ']';
  frames_ = {};
  bytes_ = 0;
  return json;
}

void LongPollOutbox::tell() {
  if (on_change_ && !std::exchange(told_, true)) on_change_();
}

}  // namespace coppice::net::channels
