#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "db/progress.hpp"

namespace coppice::app::cli {

/// Tells a person at a terminal what something long is doing, how far it is, for how long already,
/// and how long the phase still takes where that can be said: one line of standard error, written
/// over and over, no longer than the terminal is wide, and gone at the end. Nothing where that is
/// no terminal: a log would fill with what is outdated a moment later.
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

  /// What is being done now. A new phase is shown at once, new figures of the same one a few times
  /// a second.
  void say(db::Progress progress);
  /// The same of what has no figures, in a few words.
  void say(std::string what) { say(db::Progress{.phase = std::move(what)}); }

  /// Takes the line away, for other lines, until there is something to say again.
  void hide();

  /// What says it here. Must not outlive this.
  [[nodiscard]] db::Report report() {
    return [this](const db::Progress& progress) { say(progress); };
  }

  /// Whether anybody sees it.
  [[nodiscard]] bool is_shown() const noexcept { return descriptor_.has_value(); }

 private:
  using Clock = std::chrono::steady_clock;

  void run(const std::stop_token& stop);
  void draw();
  [[nodiscard]] std::string text() const;

  const std::optional<int> descriptor_;
  const Clock::time_point began_ = Clock::now();
  std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  db::Progress progress_;
  Clock::time_point phase_began_ = began_;
  bool is_new_ = false;
  std::string drawn_;
  std::jthread writer_;  // the last: it uses all the others
};

/// What the line says after so long: "copying: 34 %, 0.4 of 1.2 GiB, about 20 s left of this (12
/// s)".
[[nodiscard]] std::string progress_line_text(const db::Progress& progress,
                                             std::chrono::steady_clock::duration in_phase,
                                             std::chrono::steady_clock::duration in_all);

}  // namespace coppice::app::cli
