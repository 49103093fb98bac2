#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "actors/exit_reason.hpp"
#include "actors/server.hpp"
#include "actors/task.hpp"
#include "supervisor/child_spec.hpp"
#include "supervisor/port/ask.hpp"
#include "supervisor/port/command.hpp"
#include "supervisor/port/line_splitter.hpp"
#include "supervisor/port/process.hpp"

namespace coppice::supervisor::port {

/// What a Port runs, and how it is looked after.
struct PortOptions {
  Command command{};

  /// Gets each line of standard output and standard error, without its end and whatever its bytes;
  /// of one longer than 8 KiB the beginning, and a note that it was cut. On the actor's shard; the
  /// text lives for the call only. What it throws is the actor's crash.
  std::function<void(std::string_view line)> on_line{};

  /// What of a line may be shown, before anybody sees it: for programs that print secrets.
  std::function<std::string(std::string_view line)> redact{};

  /// Asked every 100 ms until it succeeds: only then the actor has started, and its supervisor goes
  /// on to the next child. Without one, a process that runs its program is ready.
  Check ready{};
  Duration ready_within = std::chrono::seconds(10);  ///< or the start has failed

  /// Asked every `health_every` from the start on. When it has failed `health_failures` times in a
  /// row, the actor crashes. An answer that comes later than `health_within`, which goes for
  /// `ready` as well, is a failure; that no thread was free to ask is none.
  Check health{};
  Duration health_every = std::chrono::seconds(5);
  Duration health_within = std::chrono::seconds(2);
  std::uint32_t health_failures = 3;

  int stop_signal = 15;  ///< SIGTERM
  /// After that the process is killed.
  Duration stop_within = std::chrono::seconds(5);
};

/// A process of another program as a child of the tree: what Erlang calls a port.
///
/// The process and the actor live and end together. A process that ends by itself, with whatever
/// exit code, is the actor's crash, and its supervisor decides. An actor that ends, stopped or
/// crashed, sends `stop_signal`, hands on what the process still says, kills it after `stop_within`
/// and reaps it; one that is killed kills it at once, as does one whose start fails because it was
/// stopped meanwhile. What the process has started itself is killed with it, as long as it stays in
/// the process group. If the server is killed, the kernel kills the process, though not what that
/// has started.
///
/// Starting takes the shard's thread for some milliseconds (fork and exec). The process must not
/// outlive that thread, so the actor stays on its shard as every actor does.
///
/// Thread: its shard.
class Port final : public actors::Server<Port> {
 public:
  explicit Port(PortOptions options);

  /// Starts the process and waits until it is ready. Fails with a sentence that names the program:
  /// "nats-server can't be started: nats-server is not in PATH", "nats-server ended with exit code
  /// 1 before it was ready; last line: …", "nats-server is not ready after 10000 ms: …".
  actors::Task<actors::Init> init();

  actors::Task<void> terminate(actors::ExitReason reason);

  /// Sends a signal to the process, for instance SIGHUP to have it read its configuration anew.
  struct Signal {
    int number = 0;
  };
  void handle(Signal message);

  /// "nats-server, pid 123, up since 2026-01-31T12:00:00Z, 14.2 MiB; last line: …".
  [[nodiscard]] std::string describe() const override;

 private:
  using StreamDescriptor = boost::asio::posix::stream_descriptor;

  void adopt(Process process);
  [[nodiscard]] actors::Task<void> read_output();
  bool drain_output();
  void finish_output();
  void take_line(std::string_view line);
  [[nodiscard]] actors::Task<void> watch_end();
  [[nodiscard]] actors::Task<bool> ended();
  [[nodiscard]] actors::Task<actors::Result<void>> become_ready();
  [[nodiscard]] actors::Task<void> watch_health();
  [[nodiscard]] actors::Task<void> end_process();
  [[nodiscard]] actors::Task<void> kill_later();
  [[nodiscard]] std::string end_text() const;
  [[nodiscard]] std::string last_words() const;

  const PortOptions options_;
  const std::string name_;
  std::optional<Process> process_;  // these two and the next since init
  std::optional<StreamDescriptor> end_descriptor_;
  std::optional<StreamDescriptor> output_;
  std::chrono::system_clock::time_point up_since_;
  std::optional<ProcessEnd> end_;
  bool started_ = false;
  LineSplitter lines_;
  std::string last_line_;  // its beginning, for people: printable
  std::array<char, 4096> buffer_{};
};

/// A Port as a permanent child. Its shutdown leaves the process the time that the options give it,
/// and a killed one is gone, process included, before the next is started.
[[nodiscard]] ChildSpec port_child(std::string id, PortOptions options);

}  // namespace coppice::supervisor::port
