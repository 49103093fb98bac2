#pragma once

#include <cerrno>
#include <chrono>
#include <poll.h>
#include <string>
#include <sys/wait.h>
#include <utility>

#include "supervisor/port/command.hpp"

namespace coppice::supervisor::port {

/// How long a test waits for another process before it fails.
inline constexpr auto kPatience = std::chrono::seconds(20);

/// A shell that runs @p script.
inline Command shell(std::string script) { return {.argv = {"/bin/sh", "-c", std::move(script)}}; }

/// Whether this process has no child, a zombie included.
inline bool has_no_children() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD;
}

/// Waits until @p descriptor can be read, or is at its end.
inline bool readable(int descriptor) {
  pollfd wanted{.fd = descriptor, .events = POLLIN, .revents = 0};
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(kPatience).count();
  return ::poll(&wanted, 1, static_cast<int>(ms)) == 1;
}

}  // namespace coppice::supervisor::port
