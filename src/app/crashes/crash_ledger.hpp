#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/server.hpp"
#include "app/crashes/crash_commands.hpp"
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

  /// Who tells others of crashes as well.
  struct Reporting {
    std::string reporter;  ///< The node, where several have the database; else empty.
    /// Given what an earlier process had no time to report, and what ended it.
    std::function<void(Crash)> report;
  };
  /// Set before the actor starts. Its reporter has noted each crash no sooner than this has, and
  /// says by note_reported() which ones it is done with.
  std::optional<Reporting> reporting;

  std::atomic<bool> reports_written{false};  ///< Whether those of earlier processes are in.
  std::atomic<bool> taken_up{false};  ///< Whether what earlier ones did not report is on its way.
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

  /// So many equal crashes have been reported. Thread: any.
  void note_reported(std::int64_t fingerprint, std::int64_t count);
  /// Those that the database doesn't know of as reported. Beyond some thousand they are forgotten.
  [[nodiscard]] std::vector<ReportedCrash> take_reported();
  void give_back_reported(const std::vector<ReportedCrash>& reported);
  [[nodiscard]] bool has_reported() const;

 private:
  mutable std::mutex mutex_;
  // Guarded by the mutex.
  std::vector<UnreadReport> unread_;
  std::map<std::int64_t, std::int64_t> reported_;  // how many, by fingerprint
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
/// If somebody reports crashes as well, the database also knows how many of which are still to be
/// reported. Those that an earlier process left are given to the reporter first.
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
  actors::Task<bool> take_up_unreported();
  actors::Task<bool> take_up_earlier();
  actors::Task<bool> settle_reported(actors::Duration timeout);
  [[nodiscard]] KeepCrashes to_keep(std::vector<Crash> crashes) const;
  [[nodiscard]] bool is_done() const;
  void note_failure(const actors::Error& error);

  const LedgerPtr ledger_;
  bool working_ = false;
  std::uint64_t written_ = 0;
  std::string trouble_;  ///< Of the last attempt, if it failed.
};

}  // namespace coppice::app::crashes
