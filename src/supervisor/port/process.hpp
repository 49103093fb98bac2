#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>

#include "actors/result.hpp"
#include "supervisor/port/command.hpp"
#include "supervisor/port/descriptor.hpp"

namespace coppice::supervisor::port {

/// How a process ended.
struct ProcessEnd {
  enum class Kind : std::uint8_t {
    exited,     ///< by itself, with `number` as its exit code
    signalled,  ///< by the signal `number`
    unknown,    ///< somebody else reaped it
  };
  Kind kind = Kind::unknown;
  int number = 0;

  /// For people, after the program's name: "ended with exit code 1", "was ended by signal 9
  /// (SIGKILL)".
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const ProcessEnd&, const ProcessEnd&) noexcept = default;
};

/// A process of ours, the leader of a group of its own. It ends with its owner, and with the server
/// even if that is killed; what it has started ends with it as long as it stays in the group.
///
/// Thread: one at a time. The thread that starts it must outlive it; see become().
class Process {
 public:
  /// Starts it, and waits until the program runs: milliseconds, as a rule. Its standard input is
  /// empty.
  ///
  /// Errors: not_found, invalid_argument, start_failed; the context is a sentence with the
  /// program's name and, if the system refused something, what and why.
  [[nodiscard]] static actors::Result<Process> spawn(const Command& command);

  Process(Process&& other) noexcept = default;
  Process& operator=(Process&&) = delete;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  /// Kills the group and reaps the process. Waits for the kernel to end it, which takes long only
  /// if it is stuck in the kernel: after some seconds it is left to its fate.
  ~Process();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  /// A pidfd: readable when the process has ended.
  [[nodiscard]] int end_descriptor() const noexcept { return end_.get(); }

  /// Where its standard output and standard error can be read, together; doesn't block.
  [[nodiscard]] int output_descriptor() const noexcept { return output_.get(); }

  /// Sends a signal to the process, not to its group. Errors: noproc if it has ended,
  /// invalid_argument for what is no signal, io_error.
  [[nodiscard]] actors::Result<void> signal(int number) const;

  /// Kills the whole group at once.
  void kill() const noexcept;

  /// How it ended, if it has; then it is reaped, and what is left of its group is killed. Doesn't
  /// block.
  [[nodiscard]] std::optional<ProcessEnd> reap() noexcept;

  /// The memory it has in use, in bytes; 0 if that can't be known.
  [[nodiscard]] std::size_t resident_bytes() const;

 private:
  Process(pid_t pid, Descriptor end, Descriptor output) noexcept;

  pid_t pid_;
  Descriptor end_;  // none once it has been reaped, or moved from
  Descriptor output_;
};

}  // namespace coppice::supervisor::port
