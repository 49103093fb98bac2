#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include "net/readiness.hpp"
#include "net/stream.hpp"
#include "net/tls/layer.hpp"

namespace coppice::net {

/// A stream that has left Asio, for a connection that is idle nearly always: a socket, or TLS on
/// one, whose waits are Readiness's.
///
/// Nothing blocks: what would fails with `would_block`. The watcher is called when there may be
/// something to read and, between want_to_write(true) and want_to_write(false), when something may
/// be written.
///
/// Thread: the socket's shard.
class WatchedStream {
 public:
  /// @param stream  On which nothing waits.
  /// @param readiness  Must outlive it.
  WatchedStream(Stream stream, Readiness& readiness);
  WatchedStream(const WatchedStream&) = delete;
  WatchedStream& operator=(const WatchedStream&) = delete;
  ~WatchedStream() { close(); }

  /// From here on @p watcher is called, until close(). Throws std::system_error if the kernel has
  /// no room for that.
  void watch(Readiness::Watcher& watcher);

  [[nodiscard]] bool is_open() const noexcept { return descriptor_ >= 0; }

  /// What there is, as a socket's read_some().
  std::size_t read_some(std::span<char> buffer, boost::system::error_code& error);

  /// Has the watcher called again, if there may be something to read of which the socket knows
  /// nothing any more.
  void read_on_later();

  /// As much as goes at once, as a socket's write_some(); small buffers leave together.
  std::size_t write_some(std::span<const boost::asio::const_buffer> buffers,
                         boost::system::error_code& error);
  void want_to_write(bool wanted) noexcept;

  /// How many bytes of a write that would have blocked have to come first again.
  [[nodiscard]] std::size_t bytes_under_way() const noexcept {
    return tls_ ? tls_->bytes_under_way() : 0;
  }

  /// The client is told that nothing comes any more.
  void end_output() noexcept;

  /// Idempotent.
  void close() noexcept;

 private:
  std::size_t write_records(std::span<const boost::asio::const_buffer> buffers,
                            boost::system::error_code& error);
  void update_interest() noexcept;

  int descriptor_;
  bool wants_to_write_ = false;
  Readiness::Interest interest_{};
  Readiness::Watcher* watcher_ = nullptr;  // since watch()
  std::unique_ptr<tls::Layer> tls_;
  Readiness& readiness_;
};

}  // namespace coppice::net
