#include "net/websocket/decoder.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "net/websocket/deflate.hpp"
#include "net/websocket/wire.hpp"

namespace coppice::net::websocket {
namespace {

bool is_known(Opcode opcode) {
  return opcode <= Opcode::binary || (opcode >= Opcode::close && opcode <= Opcode::pong);
}

/// What a client may close with: RFC 6455 7.4, as the reference reads it.
bool may_be_sent(std::uint16_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1011) || code >= 3000;
}

/// Applies the mask from its byte @p at on; returns where the next byte continues.
std::uint8_t unmask(std::span<char> bytes, const std::array<std::uint8_t, 4>& mask,
                    std::uint8_t at) {
  std::array<std::uint8_t, 8> key{};
  for (std::size_t i = 0; i < key.size(); ++i) key.at(i) = mask.at((at + i) % 4);
  std::uint64_t word_key = 0;
  std::memcpy(&word_key, key.data(), sizeof word_key);
  std::size_t i = 0;
  for (; i + sizeof word_key <= bytes.size(); i += sizeof word_key) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, sizeof word);
    word ^= word_key;
    std::memcpy(bytes.data() + i, &word, sizeof word);
  }
  for (; i < bytes.size(); ++i) bytes[i] = static_cast<char>(bytes[i] ^ key.at(i % 4));
  return static_cast<std::uint8_t>((at + bytes.size()) % 4);
}

std::string_view view(std::span<const char> bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace

std::optional<Decoder::Event> Decoder::next() {
  forget_delivered();
  while (stage_ != Stage::finished) {
    if (stage_ == Stage::header) {
      if (auto event = read_header()) return event;
      if (stage_ == Stage::header) break;  // incomplete
    }
    if (auto event = read_payload()) return event;
    if (stage_ == Stage::payload) break;  // incomplete
  }
  return std::nullopt;
}

std::optional<Decoder::Event> Decoder::read_header() {
  while (header_have_ < header_size()) {
    const auto wanted = std::min(header_size() - header_have_, input_.size());
    if (wanted == 0) return std::nullopt;
    std::memcpy(header_.data() + header_have_, input_.data(), wanted);
    input_ = input_.subspan(wanted);
    const bool start_is_new = header_have_ < 2;
    header_have_ = static_cast<std::uint8_t>(header_have_ + wanted);
    if (start_is_new && header_have_ >= 2) {
      if (auto wrong = check_start(header_[0], header_[1])) return wrong;
    }
  }
  return begin_payload();
}

/// The first two bytes until they are there; then what they announce.
std::size_t Decoder::header_size() const noexcept {
  if (header_have_ < 2) return 2;
  const auto length = header_[1] & wire::kLength;
  const std::size_t extended = length == 126 ? 2 : length == 127 ? 8 : 0;
  return 2 + extended + mask_.size();
}

std::uint64_t Decoder::payload_size() const noexcept {
  const auto length = header_[1] & wire::kLength;
  if (length < 126) return static_cast<std::uint64_t>(length);
  std::uint64_t size = 0;
  for (std::size_t i = 2; i + mask_.size() < header_size(); ++i) size = size << 8U | header_.at(i);
  return size;
}

std::optional<Decoder::Event> Decoder::check_start(std::uint8_t first, std::uint8_t second) {
  const auto protocol_error = [this](std::string_view why) {
    return violation(CloseCode::protocol_error, why);
  };
  final_ = (first & wire::kFinal) != 0;
  opcode_ = static_cast<Opcode>(first & wire::kOpcode);
  const bool begins = opcode_ == Opcode::text || opcode_ == Opcode::binary;
  const std::uint8_t allowed = compression_ && begins ? wire::kCompressed : 0;
  if ((first & wire::kReserved & ~allowed) != 0) return protocol_error("reserved bits are set");
  if (!is_known(opcode_)) return protocol_error("unknown opcode");
  if ((second & wire::kMasked) == 0) return protocol_error("frame is not masked");
  if (is_control()) {
    if (!final_) return protocol_error("control frame is fragmented");
    if ((second & wire::kLength) > wire::kMaxControlPayload) {
      return protocol_error("control frame is too long");
    }
    return std::nullopt;
  }
  const bool continues = opcode_ == Opcode::continuation;
  if (continues && !in_message_) return protocol_error("continuation without a message");
  if (!continues && in_message_) return protocol_error("message inside a message");
  if (begins) compressed_ = (first & wire::kCompressed) != 0;
  return std::nullopt;
}

std::optional<Decoder::Event> Decoder::begin_payload() {
  const auto size = payload_size();
  const auto header_bytes = header_size();
  std::memcpy(mask_.data(), header_.data() + header_bytes - mask_.size(), mask_.size());
  mask_at_ = 0;
  header_have_ = 0;
  remaining_ = size;
  stage_ = Stage::payload;
  if (is_control()) return std::nullopt;

  if (opcode_ != Opcode::continuation) {
    message_kind_ = opcode_ == Opcode::text ? Kind::text : Kind::binary;
    in_message_ = true;
    empty_fragments_ = 0;
    utf8_.reset();
  }
  if (size > limits_->max_frame_bytes || size + header_bytes > limits_->max_frame_bytes) {
    return violation(CloseCode::too_large, "frame is too large");
  }
  const bool fragmented = !final_ || opcode_ == Opcode::continuation;
  if (fragmented && partial().size() + size > limits_->max_fragmented_bytes) {
    return violation(CloseCode::too_large, "message is too large");
  }
  const bool in_the_middle = opcode_ == Opcode::continuation && !final_;
  if (in_the_middle && size == 0 && ++empty_fragments_ > limits_->max_empty_fragments) {
    return violation(CloseCode::policy_violation, "empty fragment");
  }
  return std::nullopt;
}

std::optional<Decoder::Event> Decoder::read_payload() {
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input_.size()));
  const auto piece = input_.first(size);
  input_ = input_.subspan(size);
  mask_at_ = unmask(piece, mask_, mask_at_);
  remaining_ -= size;
  const bool is_text = !is_control() && message_kind_ == Kind::text && !compressed_;
  if (is_text && !utf8_.feed(view(piece))) {
    return violation(CloseCode::invalid_text, "text is not UTF-8");
  }
  const bool frame_ends = remaining_ == 0;
  const bool message_ends = frame_ends && (is_control() || final_);
  if (message_ends && partial().empty()) return end_frame(piece);  // whole: no need to copy it
  auto& joined = make_partial();
  joined.append(piece.data(), piece.size());
  if (frame_ends) return end_frame(joined);
  return std::nullopt;
}

std::optional<Decoder::Event> Decoder::end_frame(std::span<char> whole) {
  stage_ = Stage::header;
  if (is_control()) return end_control(view(whole));
  if (!final_) return std::nullopt;
  return end_message(view(whole));
}

Decoder::Event Decoder::end_control(std::string_view payload) {
  control_delivered_ = true;
  switch (opcode_) {
    case Opcode::ping: return {.kind = Kind::ping, .payload = payload};
    case Opcode::pong: return {.kind = Kind::pong, .payload = payload};
    default: return end_close(payload);
  }
}

Decoder::Event Decoder::end_close(std::string_view payload) {
  if (payload.size() == 1) return violation(CloseCode::protocol_error, "half a close code");
  stage_ = Stage::finished;
  if (payload.empty()) return {.kind = Kind::close, .payload = {}};
  const auto byte = [payload](std::size_t i) { return static_cast<std::uint8_t>(payload[i]); };
  const auto code = static_cast<std::uint16_t>(byte(0) << 8U | byte(1));
  if (!may_be_sent(code)) return violation(CloseCode::protocol_error, "invalid close code");
  const auto reason = payload.substr(2);
  if (!is_utf8(reason)) return violation(CloseCode::invalid_text, "close reason is not UTF-8");
  return {.kind = Kind::close, .payload = reason, .code = static_cast<CloseCode>(code)};
}

Decoder::Event Decoder::end_message(std::string_view payload) {
  in_message_ = false;
  message_delivered_ = true;
  if (compressed_) return end_compressed(payload);
  if (message_kind_ == Kind::text && !utf8_.complete()) {
    return violation(CloseCode::invalid_text, "text ends inside a character");
  }
  return {.kind = message_kind_, .payload = payload};
}

Decoder::Event Decoder::end_compressed(std::string_view payload) {
  auto message = inflated(payload, limits_->max_fragmented_bytes);
  if (!message) {
    return message.error() == InflateError::too_large
               ? violation(CloseCode::too_large, "message is too large")
               : violation(CloseCode::invalid_text, "message is not what deflate makes");
  }
  auto& whole = make_partial();
  whole = *std::move(message);
  if (message_kind_ == Kind::text && !is_utf8(whole)) {
    return violation(CloseCode::invalid_text, "text is not UTF-8");
  }
  return {.kind = message_kind_, .payload = whole};
}

Decoder::Event Decoder::violation(CloseCode code, std::string_view why) {
  stage_ = Stage::finished;
  return {.kind = Kind::violation, .payload = why, .code = code};
}

const std::string& Decoder::partial() const noexcept {
  static const std::string nothing;
  if (!partial_) return nothing;
  return is_control() ? partial_->control : partial_->message;
}

std::string& Decoder::make_partial() {
  if (!partial_) partial_ = std::make_unique<Partial>();
  return is_control() ? partial_->control : partial_->message;
}

/// Makes room for the next message. Between messages a connection keeps nothing.
void Decoder::forget_delivered() noexcept {
  const bool control = std::exchange(control_delivered_, false);
  const bool message = std::exchange(message_delivered_, false);
  if (!partial_) return;
  if (control) partial_->control.clear();
  if (message || (control && !in_message_)) partial_.reset();
}

}  // namespace coppice::net::websocket
