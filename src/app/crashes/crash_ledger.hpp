#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "actors/server.hpp"
#include "app/crashes/crash_feed.hpp"
#include "app/crashes/unread_report.hpp"
#include "db/database.hpp"
#include "supervisor/child_spec.hpp"

namespace coppice::app::crashes {

class CrashLedger;

/// What the ledger's incarnations share with those who read it.
struct Ledger : CrashFeed<CrashLedger> {
  /// @param reports_folder  Where fatal signals leave reports; empty: nowhere.
  Ledger(db::Database where, std::string version, std::filesystem::path reports_folder = {})
      : CrashFeed("the crash ledger", std::move(version)),
        database(std::move(where)),
        reports(std::move(reports_folder)) {}

  const db::Database database;
  const std::filesystem::path reports;
  /// Told of each report of a fatal signal that has been written down. Set before the actor starts.
  std::function<void(const Crash&)> tell_of_report = [](const Crash&) {};
  std::atomic<bool> reports_written{false};  ///< Whether those of earlier processes are in.
  std::atomic<std::uint64_t> written{
      0};  ///< Crashes that are in, equal ones each; all incarnations.

  /// The reports of earlier processes that are not in and stay where they are.
  void note_unread(std::vector<UnreadReport> found) {
    const std::lock_guard lock(mutex_);
    unread_ = std::move(found);
  }
  [[nodiscard]] std::vector<UnreadReport> unread() const {
    const std::lock_guard lock(mutex_);
    return unread_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<UnreadReport> unread_;  // Guarded by the mutex.
};

/// What reports call the database.
[[nodiscard]] std::string report_name(const std::filesystem::path& database);

using LedgerPtr = std::shared_ptr<Ledger>;

/// Has every crash noted from now on. The subscription must end before the bus does.
[[nodiscard]] actors::EventBus::Subscription follow_crashes(actors::EventBus& events,
                                                            LedgerPtr ledger);

/// The child that keeps them. It starts after the database and ends before it.
[[nodiscard]] supervisor::ChildSpec ledger_child(LedgerPtr ledger);

/// Writes crashes into the database: the first at once, those that follow in batches, one a second
/// at the most. Reports of fatal signals that earlier processes left come before them. While the
/// database takes no writes they wait in the buffer.
///
/// A crash of the ledger itself loses what it was at, lest it crash over that for ever, and is kept
/// by the next incarnation.
///
/// Thread: its shard; names of functions are found on one of the runtime's threads for what blocks.
class CrashLedger final : public actors::Server<CrashLedger> {
 public:
  explicit CrashLedger(LedgerPtr ledger) : ledger_(std::move(ledger)) {}

  void init();
  /// Writes what is left, if the database is still there.
  actors::Task<void> terminate(actors::ExitReason reason);

  /// There is something in the buffer.
  struct Wake {};
  void handle(Wake message);

  [[nodiscard]] std::string describe() const override;

 private:
  actors::Task<void> work();
  actors::Task<bool> write_some(actors::Duration timeout);
  actors::Task<bool> write_reports();
  void note_failure(const actors::Error& error);

  const LedgerPtr ledger_;
  bool working_ = false;
  std::uint64_t written_ = 0;
  std::string trouble_;  ///< Of the last attempt, if it failed.
};

}  // namespace coppice::app::crashes
