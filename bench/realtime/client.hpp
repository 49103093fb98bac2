#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace coppice::bench {

/// A text message of a client, masked and framed, to be sent any number of times.
[[nodiscard]] std::string masked_text(std::string_view payload);

/// One WebSocket as a client has it, by hand and without waiting: what a load of thousands can
/// afford. Knows of extensions nothing, and of servers that they send whole text messages.
class Client {
 public:
  enum class State : std::uint8_t { closed, connecting, upgrading, open };
  using OnText = std::function<void(std::string_view)>;

  Client() = default;
  Client(Client&& other) noexcept;
  Client& operator=(Client&&) = delete;
  ~Client() { close(); }

  /// Begins to connect to 127.0.0.1. @param source  Which of this machine's loopback addresses to
  /// come from: 127.0.0.@p source. Throws std::system_error if that can't even begin.
  void connect(std::uint16_t port, unsigned source, const std::string& target);

  /// Closes without a word, as a client does that loses its network.
  void close() noexcept;

  /// Sends finished frames, now or as soon as the server reads.
  void send(std::string_view wire);

  /// The socket may be written to, or read from. What arrives goes to @p on_text.
  void on_writable();
  void on_readable(std::span<char> scratch, const OnText& on_text);

  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  [[nodiscard]] bool wants_to_write() const noexcept {
    return state_ == State::connecting || !unsent_.empty();
  }

  /// Why it was closed: the code of a close frame, the status of a refused upgrade, or 0 if the
  /// connection was lost.
  [[nodiscard]] unsigned closed_with() const noexcept { return closed_with_; }

 private:
  [[nodiscard]] std::size_t read_answer(std::string_view bytes);
  [[nodiscard]] std::size_t read_frames(std::string_view bytes, const OnText& on_text);
  void take(unsigned opcode, std::string_view payload, const OnText& on_text);
  void flush();

  int descriptor_ = -1;
  State state_ = State::closed;
  unsigned closed_with_ = 0;
  std::string unsent_;
  std::string unread_;  // less than a frame
};

}  // namespace coppice::bench
