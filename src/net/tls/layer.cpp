#include "net/tls/layer.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>

#include <boost/asio/error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "net/tls/socket_bio.hpp"

namespace coppice::net::tls {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

std::string words_of(unsigned long code) {
  const char* reason = ERR_reason_error_string(code);
  if (reason != nullptr) return reason;
  std::array<char, 256> text{};
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

}  // namespace

void Layer::Free::operator()(SSL* ssl) const noexcept { SSL_free(ssl); }

Layer::Layer(SSL_CTX& context, int socket) : ssl_(SSL_new(&context)) {
  if (!ssl_) throw std::bad_alloc();
  BIO* const bio = make_socket_bio(socket);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_accept_state(ssl_.get());
}

Layer::~Layer() = default;

/// OpenSSL looks at the thread's errors, which must be nobody else's.
error_code Layer::error_of(int result, Want& waits_for) {
  waits_for = Want::nothing;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ: waits_for = Want::readable; return asio::error::would_block;
    case SSL_ERROR_WANT_WRITE: waits_for = Want::writable; return asio::error::would_block;
    case SSL_ERROR_ZERO_RETURN: return asio::error::eof;
    case SSL_ERROR_SYSCALL:
      broken_ = true;
      failure_ = "the connection was lost";
      return errno == 0 ? error_code(asio::error::eof)
                        : error_code(errno, boost::system::system_category());
    default:
      broken_ = true;
      failure_ = words_of(ERR_peek_last_error());
      return asio::error::connection_aborted;
  }
}

void Layer::shake_hands(error_code& error) {
  ERR_clear_error();
  errno = 0;
  const int result = SSL_do_handshake(ssl_.get());
  error = result == 1 ? error_code() : error_of(result, read_waits_for_);
}

std::size_t Layer::read(std::span<char> buffer, error_code& error) {
  if (broken_) {
    error = asio::error::connection_aborted;
    return 0;
  }
  ERR_clear_error();
  errno = 0;
  std::size_t size = 0;
  const int result = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &size);
  error = result == 1 ? error_code() : error_of(result, read_waits_for_);
  drained_ = result != 1;
  return size;
}

bool Layer::may_have_unread() const noexcept {
  return !drained_ && SSL_has_pending(ssl_.get()) == 1;
}

std::size_t Layer::write(std::span<const char> bytes, error_code& error) {
  if (broken_) {
    error = asio::error::connection_aborted;
    return 0;
  }
  ERR_clear_error();
  errno = 0;
  std::size_t size = 0;
  bytes = bytes.first(std::min(bytes.size(), kLargestRecord));
  const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &size);
  error = result == 1 ? error_code() : error_of(result, write_waits_for_);
  under_way_ = error == asio::error::would_block ? std::max(under_way_, bytes.size()) : 0;
  return size;
}

void Layer::close_notify() noexcept {
  if (broken_ || under_way_ > 0 || SSL_is_init_finished(ssl_.get()) == 0) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
}

}  // namespace coppice::net::tls
