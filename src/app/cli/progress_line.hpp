#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace coppice::app::cli {

/// Tells a person at a terminal what something long is doing, and for how long already: one line of
/// standard error, written over and over, and gone at the end. Nothing where that is no terminal.
///
/// Thread: any.
class ProgressLine {
 public:
  /// @param is_wanted  False for output that programs read.
  explicit ProgressLine(bool is_wanted);
  /// For tests. @param descriptor  Where it is written, if there is one.
  explicit ProgressLine(std::optional<int> descriptor);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine();

  /// What is being done now, in a few words: "uploading, 34 % of 1200000 bytes".
  void say(std::string what);

 private:
  void run(const std::stop_token& stop);
  void draw() const;

  const std::optional<int> descriptor_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  std::string what_;
  bool is_new_ = false;
  std::jthread writer_;  // the last: it uses all the others
};

}  // namespace coppice::app::cli
