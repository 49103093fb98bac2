#pragma once

#include <sys/types.h>

namespace coppice::supervisor::port {

/// What a forked child needs to become another program; all of it is made before the fork.
struct Image {
  const char* program = nullptr;
  char* const* argv = nullptr;
  char* const* environment = nullptr;
  const char* folder = nullptr;  ///< null to stay where we are
  int input = -1;                ///< becomes standard input; this and the next two above 2
  int output = -1;               ///< becomes standard output and standard error
  int report = -1;               ///< gets a BecomeFailure if it fails; closed if it succeeds
  pid_t parent = 0;              ///< of whom it is the child
};

/// The step at which a child failed to become the program.
enum class BecomeStep : int { tie_to_parent, descriptors, folder, exec };

struct BecomeFailure {
  BecomeStep step{};
  int error = 0;  ///< errno
};

/// Turns the child of a fork into the program: in a process group of its own, so that a Ctrl-C in
/// our terminal is ours alone; with the usual signals; without any descriptor of ours; and ended by
/// SIGKILL when its parent ends, however that ends.
///
/// The kernel sends that signal when the *thread* that forked ends, so that must be one that lives
/// as long as the process is wanted.
///
/// Thread: the only one of a forked child. Makes nothing but async-signal-safe calls, since another
/// thread may have held any lock when the process was forked.
[[noreturn]] void become(const Image& image) noexcept;

}  // namespace coppice::supervisor::port
