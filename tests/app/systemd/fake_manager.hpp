#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace coppice::app::systemd {

/// Hears what a service manager would.
class FakeManager {
 public:
  explicit FakeManager(std::string address)
      : address_(std::move(address)), socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::ranges::copy(address_, std::begin(name.sun_path));
    if (address_.starts_with('@')) *std::begin(name.sun_path) = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
    if (bind(socket_, reinterpret_cast<const sockaddr*>(&name), size) != 0) {
      throw std::runtime_error("the socket can't be bound");
    }
  }
  FakeManager(const FakeManager&) = delete;
  FakeManager& operator=(const FakeManager&) = delete;
  ~FakeManager() { close(socket_); }

  [[nodiscard]] const std::string& address() const noexcept { return address_; }

  /// The next datagram; "nothing" if none comes within the time.
  [[nodiscard]] std::string next(
      std::chrono::milliseconds patience = std::chrono::seconds(30)) const {
    pollfd wanted{.fd = socket_, .events = POLLIN, .revents = 0};
    if (poll(&wanted, 1, static_cast<int>(patience.count())) != 1) return "nothing";
    std::array<char, 1024> bytes{};
    const auto size = recv(socket_, bytes.data(), bytes.size(), 0);
    return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  }

  /// Reads until @p wanted has come. False if it doesn't.
  [[nodiscard]] bool hears(const std::string& wanted) const {
    for (;;) {
      const auto said = next();
      if (said == wanted) return true;
      if (said == "nothing") return false;
    }
  }

 private:
  const std::string address_;
  const int socket_;
};

}  // namespace coppice::app::systemd
