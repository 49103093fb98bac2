#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "actors/runtime.hpp"

namespace coppice::app::crashes {

/// What a report says beside what happened, and where it goes.
struct ReportSettings {
  std::string folder;    ///< Must exist.
  std::string database;  ///< Whose ledger the report is for; its path.
  std::string version;
  /// Whether another thread has lines of the log to write still: it gets a second for that.
  std::shared_ptr<const std::atomic<unsigned>> log_holders{};
};

/// From now on SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT leave a file in the folder that says
/// where the process was (see signal_report.hpp), before they end it as they would have: the exit
/// status is the same, and so is the core.
///
/// A signal that somebody handles already, as sanitizers do, is left to them.
///
/// Returns whether all of them are caught. Thread: the main one, once.
bool catch_fatal_signals(const ReportSettings& settings);

/// Gives the runtime's threads, and the calling one, a stack of their own for the handler: without
/// it, one whose stack has overflown has no room to say so. Threads that start later have none, and
/// are reported whatever else befalls them.
void give_signal_stacks(actors::Runtime& runtime);

}  // namespace coppice::app::crashes
