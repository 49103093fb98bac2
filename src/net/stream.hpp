#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <sys/ioctl.h>
#include <utility>

#include <boost/asio/append.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include "net/io.hpp"
#include "net/joined_bytes.hpp"
#include "net/tls/layer.hpp"

namespace coppice::net {

/// A connection's bytes as its protocol sees them: a socket, or TLS on one. Has the operations of
/// Asio's sockets, by their names and with their meaning; without TLS they are the socket's own.
///
/// One read and one write at a time, waits included.
///
/// Thread: the socket's shard.
class Stream {
 public:
  using executor_type = Executor;  ///< As Asio's composed operations want it.

  // NOLINTNEXTLINE(google-explicit-constructor): a socket is a stream
  Stream(Socket socket) noexcept : socket_(std::move(socket)) {}
  /// @param tls  On this very socket, its handshake done.
  Stream(Socket socket, std::unique_ptr<tls::Layer> tls) noexcept
      : socket_(std::move(socket)), tls_(std::move(tls)) {}

  /// Whether nobody on the way can read it.
  [[nodiscard]] bool is_secure() const noexcept { return tls_ != nullptr; }

  [[nodiscard]] Executor get_executor() { return socket_.get_executor(); }
  [[nodiscard]] bool is_open() const { return socket_.is_open(); }
  void non_blocking(bool mode, boost::system::error_code& error) {
    socket_.non_blocking(mode, error);
  }
  void cancel(boost::system::error_code& error) { socket_.cancel(error); }
  void close(boost::system::error_code& error) { socket_.close(error); }

  /// The client is told that nothing comes any more, in the words of TLS as well.
  void shutdown(Socket::shutdown_type what, boost::system::error_code& error) {
    if (tls_ && what != Socket::shutdown_receive) tls_->close_notify();
    socket_.shutdown(what, error);
  }

  std::size_t read_some(boost::asio::mutable_buffer buffer, boost::system::error_code& error) {
    if (!tls_) return socket_.read_some(buffer, error);
    return tls_->read({static_cast<char*>(buffer.data()), buffer.size()}, error);
  }

  template <class Buffers>
  std::size_t write_some(const Buffers& buffers, boost::system::error_code& error) {
    if (!tls_) return socket_.write_some(buffers, error);
    return write_records(buffers, error);
  }

  /// Leaves Asio: gives the socket, which is the caller's to close, and TLS if there is any. The
  /// stream is closed after that. Nothing may wait on it. A descriptor below zero says that it was
  /// closed already.
  [[nodiscard]] std::pair<int, std::unique_ptr<tls::Layer>> release() {
    boost::system::error_code error;
    const int descriptor = socket_.is_open() ? socket_.release(error) : -1;
    return {error ? -1 : descriptor, std::move(tls_)};
  }

  /// How many bytes of a write_some() that would have blocked have to come first again.
  [[nodiscard]] std::size_t bytes_under_way() const noexcept {
    return tls_ ? tls_->bytes_under_way() : 0;
  }

  /// How many of the bytes that were written, as the socket has them, the other machine has not
  /// acknowledged yet.
  [[nodiscard]] std::size_t unacknowledged() {
    int size = 0;
    return ::ioctl(socket_.native_handle(), TIOCOUTQ, &size) == 0 ? static_cast<std::size_t>(size)
                                                                  : 0;
  }

  /// Until read_some() may give something, or write_some() take something.
  template <class Token>
  auto async_wait(Socket::wait_type what, Token&& token) {
    if (!tls_) return socket_.async_wait(what, std::forward<Token>(token));
    if (what == Socket::wait_read && tls_->may_have_unread()) {
      return at_once(std::forward<Token>(token));
    }
    return socket_.async_wait(tls_wait(what), std::forward<Token>(token));
  }

  template <class Token>
  auto async_read_some(boost::asio::mutable_buffer buffer, Token&& token) {
    if (!tls_) return socket_.async_read_some(buffer, std::forward<Token>(token));
    return attempt(
        Socket::wait_read, std::forward<Token>(token),
        [this, buffer](boost::system::error_code& error) { return read_some(buffer, error); });
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    if (!tls_) return socket_.async_write_some(buffers, std::forward<Token>(token));
    return attempt(Socket::wait_write, std::forward<Token>(token),
                   [this, buffers](boost::system::error_code& error) {
                     return write_records(buffers, error);
                   });
  }

 private:
  [[nodiscard]] Socket::wait_type tls_wait(Socket::wait_type what) const noexcept {
    const auto wants = what == Socket::wait_read ? tls_->read_waits_for() : tls_->write_waits_for();
    if (wants == tls::Want::nothing) return what;
    return wants == tls::Want::readable ? Socket::wait_read : Socket::wait_write;
  }

  template <class Token>
  auto at_once(Token&& token) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code)>(
        [executor = socket_.get_executor()](auto handler) {
          boost::asio::post(executor,
                            boost::asio::append(std::move(handler), boost::system::error_code()));
        },
        token);
  }

  /// Calls @p step until it would no longer block, waiting in between.
  template <class Step>
  struct Attempt {
    Stream* stream;
    Socket::wait_type what;
    Step step;
    std::size_t size = 0;
    boost::system::error_code result{};
    bool waited = false;
    bool done = false;

    template <class Self>
    void operator()(Self& self, boost::system::error_code error = {}) {
      if (done) return self.complete(result, size);
      if (error) return self.complete(error, 0);
      size = step(result);
      if (result == boost::asio::error::would_block) {
        waited = true;
        return stream->socket_.async_wait(stream->tls_wait(what), std::move(self));
      }
      if (waited) return self.complete(result, size);
      done = true;  // not from within the call that began it
      boost::asio::post(stream->socket_.get_executor(), std::move(self));
    }
  };

  template <class Token, class Step>
  auto attempt(Socket::wait_type what, Token&& token, Step step) {
    return boost::asio::async_compose<Token, void(boost::system::error_code, std::size_t)>(
        Attempt<Step>{this, what, std::move(step)}, token, socket_);
  }

  /// Small pieces share a record. Gives how much went, and an error only if nothing did.
  template <class Buffers>
  std::size_t write_records(const Buffers& buffers, boost::system::error_code& error) {
    error = {};
    const std::size_t total = boost::asio::buffer_size(buffers);
    std::size_t written = 0;
    while (written < total) {
      const auto record = joined_bytes<tls::kLargestRecord>(buffers, written);
      const auto size = tls_->write(record, error);
      written += size;
      if (error) break;
    }
    if (written > 0) error = {};
    return written;
  }

  Socket socket_;
  std::unique_ptr<tls::Layer> tls_;
};

}  // namespace coppice::net
