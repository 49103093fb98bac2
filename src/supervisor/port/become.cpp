#include "supervisor/port/become.hpp"

#include <cerrno>
#include <csignal>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace coppice::supervisor::port {

namespace {

constexpr int kExitCode = 127;  // as a shell's, for a program that can't be run

[[noreturn]] void give_up(const Image& image, BecomeStep step) noexcept {
  const BecomeFailure failure{step, errno};
  // If nobody reads it, nobody is there to be told.
  [[maybe_unused]] const auto written = ::write(image.report, &failure, sizeof failure);
  ::_exit(kExitCode);
}

// A parent that ended before the order to the kernel sends no signal any more.
void tie_to_parent(const Image& image) noexcept {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up(image, BecomeStep::tie_to_parent);
  if (::getppid() != image.parent) ::_exit(kExitCode);
}

// exec resets what is handled, but leaves ignored what is ignored, and blocked what is blocked.
void reset_signals() noexcept {
  struct sigaction usual{};
  usual.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &usual, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Not every library opens what it opens with O_CLOEXEC.
void arrange_descriptors(const Image& image) noexcept {
  const bool arranged = ::dup2(image.input, STDIN_FILENO) >= 0 &&
                        ::dup2(image.output, STDOUT_FILENO) >= 0 &&
                        ::dup2(image.output, STDERR_FILENO) >= 0 &&
                        ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
  if (!arranged) give_up(image, BecomeStep::descriptors);
}

}  // namespace

void become(const Image& image) noexcept {
  ::setpgid(0, 0);
  reset_signals();
  tie_to_parent(image);
  arrange_descriptors(image);
  if (image.folder != nullptr && ::chdir(image.folder) != 0) give_up(image, BecomeStep::folder);
  ::execve(image.program, image.argv, image.environment);
  give_up(image, BecomeStep::exec);
}

}  // namespace coppice::supervisor::port
