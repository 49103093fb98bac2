#pragma once

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "supervisor/port/descriptor.hpp"

// By number, since the header of glibc 2.36 declares its functions without extern "C".
namespace coppice::supervisor::port {

/// A descriptor that stands for a process and can be read once it has ended; none, with the reason
/// in errno, if it can't be had.
[[nodiscard]] inline Descriptor open_pidfd(pid_t pid) noexcept {
  return Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

/// Sends @p signal to the process. False, with the reason in errno, if it doesn't get it.
[[nodiscard]] inline bool signal_pidfd(const Descriptor& process, int signal) noexcept {
  return ::syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0) == 0;
}

}  // namespace coppice::supervisor::port
