#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>

namespace coppice::app {

/// Writes lines to a descriptor on a thread of its own, so that nobody who logs ever waits for a
/// slow disk, or for whoever should read a full pipe. What doesn't fit meanwhile is counted and
/// left out, and the output itself says how much that was as soon as it can.
///
/// Thread: any.
class LogOutput {
 public:
  /// The line that says how many lines were left out, with its line end.
  using SayLeftOut = std::function<std::string(std::uint64_t count)>;

  static constexpr std::size_t kMostBytes = std::size_t{1} << 20U;

  LogOutput(int descriptor, SayLeftOut say_left_out, std::size_t most_bytes = kMostBytes);
  LogOutput(const LogOutput&) = delete;
  LogOutput& operator=(const LogOutput&) = delete;
  /// Writes what is left, within a second.
  ~LogOutput();

  /// @param lines  With their line ends.
  /// @param patience  How long to wait for room, for a thread that has nothing else to do.
  void put(std::string_view lines, std::chrono::milliseconds patience = {});

  /// Waits until everything that was put has been written. False if @p limit came first.
  bool flush(std::chrono::milliseconds limit);

  /// How many lines were left out so far.
  [[nodiscard]] std::uint64_t left_out() const;

  /// How many hold lines that have not been written yet: this, and whoever has counted itself here
  /// until it has put them. For who may take no lock, as a signal's handler, and may outlive this.
  using Holders = std::shared_ptr<std::atomic<unsigned>>;
  [[nodiscard]] Holders holders() const { return holders_; }

  /// Counts lines that were left out before they came here, and says so as of its own.
  void leave_out(std::uint64_t count);

 private:
  void run(const std::stop_token& stop);
  [[nodiscard]] std::string next(const std::stop_token& stop);
  void write(std::string_view lines, const std::stop_token& stop);
  void lost(std::string_view lines);
  void note_holding();

  const int descriptor_;
  const SayLeftOut say_left_out_;
  const std::size_t most_bytes_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  std::string waiting_;
  std::uint64_t left_out_ = 0;
  std::uint64_t told_ = 0;  // of them
  bool writing_ = false;
  bool holds_ = false;
  const Holders holders_ = std::make_shared<std::atomic<unsigned>>(0);
  std::jthread writer_;  // the last: it uses all the others
};

}  // namespace coppice::app
