#include "app/crashes/crash_ledger.hpp"

#include <chrono>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/blocking_pool.hpp"
#include "app/crashes/crash_commands.hpp"
#include "app/crashes/report_folder.hpp"

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
  while (goes_on && !(ledger_->reports_written && ledger_->buffer.waiting() == 0)) {
    bool written = ledger_->reports_written;
    if (!written) written = co_await write_reports();
    if (written && ledger_->buffer.waiting() == 0) continue;  // so the first is written at once
    if (written) written = co_await write_some(kWriteTimeout);
    const actors::Duration pause = written ? actors::Duration(kPause) : actors::Duration(kRetry);
    goes_on = co_await actors::sleep_for(pause);
  }
  working_ = false;
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
  KeepCrashes command;
  std::vector<std::filesystem::path> files;
  for (const auto& [file, crash] : found) {
    files.push_back(file);
    command.crashes.push_back(crash);
  }
  if (!files.empty()) {
    const auto kept = co_await ledger_->database.execute(std::move(command), kWriteTimeout);
    if (!kept) {
      note_failure(kept.error());
      ledger_->reports_written = never_works(kept.error());  // the files stay, for somebody to look
      if (ledger_->reports_written) ledger_->note_unread(with_refused(unread, files, kept.error()));
      co_return false;
    }
    SPDLOG_ERROR("a fatal signal ended the server before this one; see `coppice crashes`");
    ledger_->written += found.size();
    for (const auto& report : found) ledger_->tell_of_report(report.crash);
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
  KeepCrashes command{.crashes = std::move(*crashes)};
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
  const bool may_write = reason.is_clean() && ledger_->buffer.waiting() > 0;
  if (may_write) std::ignore = co_await write_some(kLastTimeout);
}

std::string CrashLedger::describe() const {
  auto text = fmt::format("{} written, {} waiting, {} dropped", written_, ledger_->buffer.waiting(),
                          ledger_->buffer.dropped());
  return trouble_.empty() ? text : text + "; failed: " + trouble_;
}

}  // namespace coppice::app::crashes
