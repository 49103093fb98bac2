#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "net/utf8.hpp"
#include "net/websocket/frame.hpp"

namespace coppice::net::websocket {

struct DecoderLimits {
  /// A single frame, header included, judged as soon as its header is there.
  std::size_t max_frame_bytes = 10'000'000;
  /// The payloads of a fragmented message together.
  std::size_t max_fragmented_bytes = 8'000'000;
  /// Empty fragments in the middle of a message: only an attacker sends them, to cost us work.
  std::size_t max_empty_fragments = 0;
};

inline constexpr DecoderLimits kDefaultLimits;

/// Decodes what a client sends, in pieces of any size, by RFC 6455. Text is checked as it arrives,
/// so invalid UTF-8 is found before its message is complete.
///
///     decoder.feed(bytes);
///     while (const auto event = decoder.next()) …
class Decoder {
 public:
  enum class Kind : std::uint8_t { text, binary, ping, pong, close, violation };

  struct Event {
    Kind kind;
    /// The message, the control frame's payload, the reason of a close or violation. Valid until
    /// the next call of next().
    std::string_view payload;
    /// Of a close: what the client gave, or no_code. Of a violation: what to close with.
    CloseCode code = CloseCode::no_code;
  };

  /// @param limits  Must outlive it.
  /// @param compression  Whether permessage-deflate has been agreed: see deflate.hpp.
  explicit Decoder(const DecoderLimits& limits = kDefaultLimits, bool compression = false)
      : limits_(&limits), compression_(compression) {}

  /// Presents the next bytes, which are unmasked in place. They must stay until next() has returned
  /// nothing.
  void feed(std::span<char> bytes) noexcept { input_ = bytes; }

  /// Whether something that was fed is left, and may be another message.
  [[nodiscard]] bool has_more() const noexcept { return !input_.empty(); }

  /// The next event; nothing when all that was fed is used up, and after a close or violation.
  [[nodiscard]] std::optional<Event> next();

 private:
  enum class Stage : std::uint8_t { header, payload, finished };

  [[nodiscard]] std::optional<Event> read_header();
  [[nodiscard]] std::optional<Event> check_start(std::uint8_t first, std::uint8_t second);
  [[nodiscard]] std::optional<Event> begin_payload();
  [[nodiscard]] std::optional<Event> read_payload();
  [[nodiscard]] std::optional<Event> end_frame(std::span<char> whole);
  [[nodiscard]] Event end_control(std::string_view payload);
  [[nodiscard]] Event end_close(std::string_view payload);
  [[nodiscard]] Event end_message(std::string_view payload);
  [[nodiscard]] Event end_compressed(std::string_view payload);
  [[nodiscard]] Event violation(CloseCode code, std::string_view why);

  [[nodiscard]] std::size_t header_size() const noexcept;
  [[nodiscard]] std::uint64_t payload_size() const noexcept;
  [[nodiscard]] bool is_control() const noexcept { return opcode_ >= Opcode::close; }
  [[nodiscard]] const std::string& partial() const noexcept;
  [[nodiscard]] std::string& make_partial();
  void forget_delivered() noexcept;

  /// What has come of a message, and of a control frame between its fragments.
  struct Partial {
    std::string message;
    std::string control;
  };

  const DecoderLimits* limits_;
  bool compression_;
  std::span<char> input_;
  Stage stage_ = Stage::header;

  // The frame in progress.
  std::array<std::uint8_t, 14> header_{};
  std::uint8_t header_have_ = 0;
  Opcode opcode_ = Opcode::continuation;
  bool final_ = false;
  std::array<std::uint8_t, 4> mask_{};
  std::uint8_t mask_at_ = 0;
  std::uint64_t remaining_ = 0;

  // The message in progress.
  bool in_message_ = false;
  bool compressed_ = false;
  Kind message_kind_ = Kind::text;
  std::size_t empty_fragments_ = 0;
  Utf8Validator utf8_;
  std::unique_ptr<Partial> partial_;  // most messages come whole
  bool message_delivered_ = false;
  bool control_delivered_ = false;
};

}  // namespace coppice::net::websocket
