#include "app/crashes/crash_ledger.hpp"

#include <chrono>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/blocking_pool.hpp"
#include "app/crashes/report_folder.hpp"
#include "app/log_scope.hpp"

namespace coppice::app::crashes {
namespace {

using actors::Errc;
using actors::Task;

constexpr std::size_t kMostAtOnce = 50;
constexpr auto kWriteTimeout = std::chrono::seconds(10);
constexpr auto kLastTimeout = std::chrono::milliseconds(500);
constexpr auto kNamesTimeout = std::chrono::minutes(1);
constexpr auto kPause = std::chrono::seconds(1);
constexpr auto kRetry = std::chrono::seconds(5);

/// Whether it is about these crashes, rather than about the state of the database.
bool never_works(const actors::Error& error) {
  return error == Errc::constraint || error == Errc::internal || error == Errc::malformed ||
         error == Errc::invalid_argument || error == Errc::too_large || error == Errc::unsupported;
}

std::vector<Crash> all_with_names(std::vector<RawCrash> raws) {
  std::vector<Crash> crashes;
  crashes.reserve(raws.size());
  for (auto& raw : raws) crashes.push_back(with_names(std::move(raw)));
  return crashes;
}

std::uint64_t count_of(const std::vector<RawCrash>& raws) {
  std::uint64_t count = 0;
  for (const auto& raw : raws) count += static_cast<std::uint64_t>(raw.crash.count);
  return count;
}

/// An error that is reported as the crash that it was.
void say_that_a_signal_ended_it() {
  const LogScope about({.is_reported = true});
  SPDLOG_ERROR("a fatal signal ended the server before this one; see `coppice crashes`");
}

std::vector<UnreadReport> with_refused(std::vector<UnreadReport> unread,
                                       const std::vector<std::filesystem::path>& files,
                                       const actors::Error& error) {
  for (const auto& file : files) {
    unread.push_back({.file = clean_text(file.string(), kMostNameBytes, Lines::one),
                      .why = "the database does not take it: " + error.message()});
  }
  return unread;
}

}  // namespace

void Ledger::note_reported(std::int64_t fingerprint, std::int64_t count) {
  give_back_reported({{.fingerprint = fingerprint, .count = count}});
  wake();
}

std::vector<ReportedCrash> Ledger::take_reported() {
  const std::lock_guard lock(mutex_);
  std::vector<ReportedCrash> taken;
  for (const auto& [fingerprint, count] : std::exchange(reported_, {})) {
    taken.push_back({.fingerprint = fingerprint, .count = count});
  }
  return taken;
}

void Ledger::give_back_reported(const std::vector<ReportedCrash>& reported) {
  const std::lock_guard lock(mutex_);
  for (const auto& [fingerprint, count] : reported) {
    if (reported_.size() >= kMostCrashes && !reported_.contains(fingerprint)) continue;
    reported_[fingerprint] += count;
  }
}

bool Ledger::has_reported() const {
  const std::lock_guard lock(mutex_);
  return !reported_.empty();
}

actors::EventBus::Subscription follow_crashes(actors::EventBus& events, LedgerPtr ledger) {
  return events.attach(
      [ledger = std::move(ledger)](const actors::Event& event) { ledger->note(event); },
      {actors::EventKind::actor_crash});
}

std::string report_name(const std::filesystem::path& database) {
  return std::filesystem::absolute(database).string();
}

supervisor::ChildSpec ledger_child(LedgerPtr ledger) {
  auto spec = supervisor::worker<CrashLedger>("crashes", std::move(ledger));
  // It must not end its siblings, whatever is wrong with it.
  spec.backoff =
      supervisor::Backoff{.min = std::chrono::seconds(1), .max = std::chrono::minutes(1)};
  return spec;
}

void CrashLedger::init() {
  ledger_->buffer.give_up();
  ledger_->keeper.enter(runtime(), cell().place());
  handle(Wake{});
}

void CrashLedger::handle(Wake /*message*/) {
  ledger_->woken = false;
  if (!std::exchange(working_, true)) background(work());
}

Task<void> CrashLedger::work() {
  bool goes_on = true;
  while (goes_on && !is_done()) {
    bool written = co_await take_up_earlier();
    if (written && is_done()) break;  // so the next is written at once
    if (written) written = co_await write_some(kWriteTimeout);
    if (written) written = co_await settle_reported(kWriteTimeout);
    const bool is_soon = written || !ledger_->database.readiness().check();  // as while it starts
    const actors::Duration pause = is_soon ? actors::Duration(kPause) : actors::Duration(kRetry);
    goes_on = co_await actors::sleep_for(pause);
  }
  working_ = false;
}

bool CrashLedger::is_done() const {
  const bool is_up = ledger_->reports_written && (ledger_->taken_up || !ledger_->reporting);
  return is_up && ledger_->buffer.waiting() == 0 && !ledger_->has_reported();
}

KeepCrashes CrashLedger::to_keep(std::vector<Crash> crashes) const {
  KeepCrashes command{.crashes = std::move(crashes)};
  if (ledger_->reporting) command.reporter = ledger_->reporting->reporter;
  return command;
}

/// What earlier processes left. False if it is to be tried again.
Task<bool> CrashLedger::take_up_earlier() {
  bool done = ledger_->reports_written;
  if (!done) done = co_await write_reports();
  if (done && ledger_->reporting && !ledger_->taken_up) done = co_await take_up_unreported();
  co_return done;
}

/// Before any of this process's are in. False if it is to be tried again.
Task<bool> CrashLedger::take_up_unreported() {
  TakeUpUnreported command{.reporter = ledger_->reporting->reporter};
  auto unreported = co_await ledger_->database.execute(std::move(command), kWriteTimeout);
  if (!unreported) {
    note_failure(unreported.error());
    ledger_->taken_up = never_works(unreported.error());
    co_return ledger_->taken_up;
  }
  ledger_->taken_up = true;
  trouble_.clear();
  for (auto& crash : unreported->value) ledger_->reporting->report(std::move(crash));
  co_return true;
}

/// Has the database know what has been reported. False if it is to be tried again.
Task<bool> CrashLedger::settle_reported(actors::Duration timeout) {
  auto reported = ledger_->take_reported();
  if (reported.empty()) co_return true;
  // It was noted here before it was reported; so its row is written if none waits.
  if (ledger_->buffer.waiting() > 0) {
    ledger_->give_back_reported(reported);
    co_return true;
  }
  SettleReported command{.reporter = ledger_->reporting->reporter, .reported = reported};
  const auto settled = co_await ledger_->database.execute(std::move(command), timeout);
  if (settled || never_works(settled.error())) co_return true;
  ledger_->give_back_reported(reported);
  note_failure(settled.error());
  co_return false;
}

/// False if it is to be tried again.
Task<bool> CrashLedger::write_reports() {
  auto look = [folder = ledger_->reports, name = report_name(ledger_->database.path())] {
    return folder.empty() ? FoundReports() : find_reports(folder, name);
  };
  const auto looked = co_await actors::blocking(std::move(look), kNamesTimeout);
  if (!looked) co_return false;
  const auto& [found, unread] = *looked;
  ledger_->note_unread(unread);
  std::vector<Crash> crashes;
  std::vector<std::filesystem::path> files;
  for (const auto& [file, crash] : found) {
    files.push_back(file);
    crashes.push_back(crash);
  }
  if (!files.empty()) {
    auto command = to_keep(std::move(crashes));
    const auto kept = co_await ledger_->database.execute(std::move(command), kWriteTimeout);
    if (!kept) {
      note_failure(kept.error());
      ledger_->reports_written = never_works(kept.error());  // the files stay, for somebody to look
      if (ledger_->reports_written) ledger_->note_unread(with_refused(unread, files, kept.error()));
      co_return false;
    }
    say_that_a_signal_ended_it();
    ledger_->written += found.size();
    auto remove = [files] { remove_reports(files); };
    std::ignore = co_await actors::blocking(std::move(remove), kNamesTimeout);
    trouble_.clear();
  }
  ledger_->reports_written = true;
  co_return true;
}

/// False if it is to be tried again.
Task<bool> CrashLedger::write_some(actors::Duration timeout) {
  auto taken = ledger_->buffer.take(kMostAtOnce);
  if (taken.empty()) co_return true;
  auto name = [taken] { return all_with_names(taken); };
  auto crashes = co_await actors::blocking(std::move(name), kNamesTimeout);
  if (!crashes) {
    ledger_->buffer.give_back(std::move(taken));
    co_return false;
  }
  auto command = to_keep(std::move(*crashes));
  const auto kept = co_await ledger_->database.execute(std::move(command), timeout);
  if (kept) {
    ledger_->buffer.arrived();
    written_ += taken.size();
    ledger_->written += count_of(taken);
    trouble_.clear();
    co_return true;
  }
  note_failure(kept.error());
  if (never_works(kept.error())) {
    ledger_->buffer.give_up();
  } else {
    ledger_->buffer.give_back(std::move(taken));
  }
  co_return false;
}

void CrashLedger::note_failure(const actors::Error& error) {
  const bool is_news = trouble_.empty();
  trouble_ = error.message();
  if (!is_news || error == Errc::cancelled || error == Errc::unavailable) return;
  SPDLOG_WARN("crashes are not written down: {}; the newest {} are kept until they can be",
              trouble_, CrashBuffer::kMost);
}

Task<void> CrashLedger::terminate(actors::ExitReason reason) {
  if (!reason.is_clean()) co_return;
  if (ledger_->buffer.waiting() > 0) std::ignore = co_await write_some(kLastTimeout);
  std::ignore = co_await settle_reported(kLastTimeout);
}

std::string CrashLedger::describe() const {
  auto text = fmt::format("{} written, {} waiting, {} dropped", written_, ledger_->buffer.waiting(),
                          ledger_->buffer.dropped());
  return trouble_.empty() ? text : text + "; failed: " + trouble_;
}

}  // namespace coppice::app::crashes
