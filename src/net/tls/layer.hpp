#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <boost/system/error_code.hpp>
#include <openssl/types.h>

namespace coppice::net::tls {

/// What a step waits for.
enum class Want : std::uint8_t { nothing, readable, writable };

/// The server's side of TLS on one connected, non-blocking socket, which it uses but doesn't own.
///
/// Works on the socket itself: nothing but a record under way is kept, and that not while the
/// connection is idle. No member waits: those that would have to fail with
/// `boost::asio::error::would_block`, and *_waits_for() tells for what.
///
/// Thread: one at a time.
class Layer {
 public:
  /// Throws std::bad_alloc.
  Layer(SSL_CTX& context, int socket);
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;
  ~Layer();

  /// Goes on with the handshake. Done when it gives no error.
  void shake_hands(boost::system::error_code& error);
  [[nodiscard]] Want handshake_waits_for() const noexcept { return read_waits_for_; }
  /// Why the handshake failed, in OpenSSL's words.
  [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

  /// As a socket's read_some(): eof once the client has closed.
  std::size_t read(std::span<char> buffer, boost::system::error_code& error);
  [[nodiscard]] Want read_waits_for() const noexcept { return read_waits_for_; }
  /// There may be more to read, even if the socket has nothing.
  [[nodiscard]] bool may_have_unread() const noexcept;

  /// As a socket's write_some(), of one record at the most. Bytes that would have to wait are not
  /// written yet, but under way: the next write has to begin with them again.
  std::size_t write(std::span<const char> bytes, boost::system::error_code& error);
  [[nodiscard]] Want write_waits_for() const noexcept { return write_waits_for_; }
  [[nodiscard]] std::size_t bytes_under_way() const noexcept { return under_way_; }

  /// Tells the client that nothing comes any more, if the socket takes that at once.
  void close_notify() noexcept;

 private:
  struct Free {
    void operator()(SSL* ssl) const noexcept;
  };

  boost::system::error_code error_of(int result, Want& waits_for);

  std::unique_ptr<SSL, Free> ssl_;
  Want read_waits_for_ = Want::nothing;
  Want write_waits_for_ = Want::nothing;
  std::size_t under_way_ = 0;
  bool drained_ = true;  ///< The last read found nothing any more.
  bool broken_ = false;  ///< By an error after which OpenSSL may not be asked again.
  std::string failure_;
};

/// The most that one write() takes: what fits into a record.
inline constexpr std::size_t kLargestRecord = std::size_t{16} * 1024;

}  // namespace coppice::net::tls
