#pragma once

#include <string>
#include <string_view>

#include "actors/result.hpp"

namespace coppice::app::systemd {

/// Where a service manager hears how its service is: sd_notify(3), of which this is all that we
/// need, without its library.
///
/// Thread: any.
class NotifySocket {
 public:
  /// @param address  NOTIFY_SOCKET: a path, or a name behind an @ for one that is in no folder.
  ///
  /// Errors: invalid_argument for anything else; system_limit.
  [[nodiscard]] static actors::Result<NotifySocket> open(const std::string& address);

  NotifySocket(NotifySocket&& other) noexcept;
  NotifySocket& operator=(NotifySocket&& other) = delete;
  ~NotifySocket();

  /// Tells "READY=1", "STATUS=…" and the like, one a line. Does not wait: what nobody takes is
  /// lost. Errors: io_error.
  [[nodiscard]] actors::Result<void> tell(std::string_view lines) const;

 private:
  NotifySocket(int socket, std::string address) noexcept
      : socket_(socket), address_(std::move(address)) {}

  int socket_;
  std::string address_;  // as the system takes it
};

}  // namespace coppice::app::systemd
