#include "net/tls/socket_bio.hpp"

#include <cerrno>
#include <memory>
#include <new>
#include <sys/socket.h>

#include <openssl/bio.h>

namespace coppice::net::tls {
namespace {

struct FreeMethod {
  void operator()(BIO_METHOD* method) const noexcept { BIO_meth_free(method); }
};
using Method = std::unique_ptr<BIO_METHOD, FreeMethod>;

/// The descriptor is kept as BIO's number for such: there is no memory to own.
int socket_of(BIO* bio) { return static_cast<int>(BIO_get_fd(bio, nullptr)); }

bool may_work_later() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

int send_to(BIO* bio, const char* bytes, std::size_t size, std::size_t* sent) {
  BIO_clear_retry_flags(bio);
  const ssize_t done = ::send(socket_of(bio), bytes, size, MSG_NOSIGNAL);
  if (done < 0 && may_work_later()) BIO_set_retry_write(bio);
  if (done <= 0) return 0;
  *sent = static_cast<std::size_t>(done);
  return 1;
}

int receive_from(BIO* bio, char* bytes, std::size_t size, std::size_t* received) {
  BIO_clear_retry_flags(bio);
  const ssize_t got = ::recv(socket_of(bio), bytes, size, 0);
  if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  if (got < 0 && may_work_later()) BIO_set_retry_read(bio);
  if (got <= 0) return 0;
  *received = static_cast<std::size_t>(got);
  return 1;
}

/// The descriptor travels in the BIO's pointer.
void* to_pointer(int socket) {
  return reinterpret_cast<void*>(static_cast<std::intptr_t>(socket));  // NOLINT(*-int-to-ptr,*cast)
}
long to_number(const void* pointer) {
  return static_cast<long>(reinterpret_cast<std::intptr_t>(pointer));  // NOLINT(*cast)
}

long control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  switch (command) {
    case BIO_CTRL_FLUSH:
    case BIO_CTRL_DUP: return 1;
    case BIO_CTRL_EOF: return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    case BIO_C_GET_FD: return to_number(BIO_get_data(bio));
    default: return 0;
  }
}

Method make_method() {
  Method method(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket"));
  if (!method) throw std::bad_alloc();
  BIO_meth_set_write_ex(method.get(), send_to);
  BIO_meth_set_read_ex(method.get(), receive_from);
  BIO_meth_set_ctrl(method.get(), control);
  return method;
}

}  // namespace

BIO* make_socket_bio(int socket) {
  static const Method kMethod = make_method();
  BIO* const bio = BIO_new(kMethod.get());
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, to_pointer(socket));
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace coppice::net::tls
