#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

namespace coppice::net::websocket {

enum class Opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

/// The close codes that Coppice sends, or tells apart when it receives them.
enum class CloseCode : std::uint16_t {
  normal = 1000,  ///< Phoenix clients do not come back after it.
  going_away = 1001,
  protocol_error = 1002,
  no_code = 1005,   ///< Never on the wire: the close frame was empty.
  abnormal = 1006,  ///< Never on the wire: there was no close frame.
  invalid_text = 1007,
  policy_violation = 1008,
  too_large = 1009,
  internal_error = 1011,
  restarting = 1012,  ///< Clients reconnect.
  try_later = 1013,   ///< Clients reconnect.
};

/// One finished frame from the server, header included. Immutable and shared: copying it copies a
/// pointer, so that one broadcast can wait in any number of queues, on any thread.
class Frame {
 public:
  [[nodiscard]] static Frame text(std::string_view payload);
  [[nodiscard]] static Frame binary(std::string_view payload);

  /// @p payload is cut after 125 bytes, what a control frame may hold.
  [[nodiscard]] static Frame ping(std::string_view payload);
  [[nodiscard]] static Frame pong(std::string_view payload);

  /// An empty close frame for CloseCode::no_code. @p reason is UTF-8, cut after 123 bytes, at the
  /// end of a character.
  [[nodiscard]] static Frame close(CloseCode code, std::string_view reason);

  /// Header and payload, as they are sent.
  [[nodiscard]] std::string_view wire() const noexcept {
    return std::string_view(shared_->bytes).substr(shared_->begin);
  }
  [[nodiscard]] std::string_view payload() const noexcept {
    return std::string_view(shared_->bytes).substr(shared_->payload);
  }
  [[nodiscard]] Opcode opcode() const noexcept { return shared_->opcode; }

 private:
  friend class FrameBuilder;

  /// The bytes, with room before them that the header did not need.
  struct Shared : boost::intrusive_ref_counter<Shared, boost::thread_safe_counter> {
    Shared(std::string all, std::size_t header_at, std::size_t payload_at, Opcode code) noexcept
        : begin(static_cast<std::uint8_t>(header_at)),
          payload(static_cast<std::uint8_t>(payload_at)),
          opcode(code),
          bytes(std::move(all)) {}

    const std::uint8_t begin;
    const std::uint8_t payload;
    const Opcode opcode;
    const std::string bytes;
  };

  explicit Frame(boost::intrusive_ptr<const Shared> shared) noexcept : shared_(std::move(shared)) {}

  boost::intrusive_ptr<const Shared> shared_;  // one word, as most queues hold few of them
};

/// Whether a frame's payload is compressed, by what has been agreed with the client.
enum class Compressed : bool { no, yes };

/// Builds a frame's payload in place, so that it is never copied:
/// `builder.payload() += text; auto frame = std::move(builder).finish(Opcode::text);`
class FrameBuilder {
 public:
  /// @param payload_size  A guess, to allocate once.
  explicit FrameBuilder(std::size_t payload_size = 0);

  /// Append only.
  [[nodiscard]] std::string& payload() noexcept { return storage_; }

  [[nodiscard]] Frame finish(Opcode opcode, Compressed compressed = Compressed::no) &&;

 private:
  std::string storage_;  // room for the longest header, then the payload
};

}  // namespace coppice::net::websocket
