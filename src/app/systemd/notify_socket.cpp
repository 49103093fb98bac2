#include "app/systemd/notify_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace coppice::app::systemd {

using actors::Errc;
using actors::fail;
using actors::Result;

Result<NotifySocket> NotifySocket::open(const std::string& address) {
  const bool is_path = address.starts_with('/');
  const bool is_abstract = address.starts_with('@');
  if (address.size() < 2 || (!is_path && !is_abstract)) {
    return fail(Errc::invalid_argument, "NOTIFY_SOCKET must be a path or begin with @: " + address);
  }
  if (address.size() >= sizeof(sockaddr_un::sun_path)) {
    return fail(Errc::invalid_argument, "NOTIFY_SOCKET is longer than a socket's address may be");
  }
  const int made = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (made < 0) return fail(Errc::system_limit, std::strerror(errno));
  auto name = address;
  if (is_abstract) name.front() = '\0';
  return NotifySocket(made, std::move(name));
}

NotifySocket::NotifySocket(NotifySocket&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), address_(std::move(other.address_)) {}

NotifySocket::~NotifySocket() {
  if (socket_ >= 0) close(socket_);
}

Result<void> NotifySocket::tell(std::string_view lines) const {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::ranges::copy(address_, std::begin(to.sun_path));
  // An abstract name has no end but its length.
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  const auto sent = sendto(socket_, lines.data(), lines.size(), MSG_NOSIGNAL,
                           reinterpret_cast<const sockaddr*>(&to), size);
  if (sent >= 0) return {};
  return fail(Errc::io_error,
              std::string("the service manager could not be told: ") + std::strerror(errno));
}

}  // namespace coppice::app::systemd
