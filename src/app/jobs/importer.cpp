#include "app/jobs/importer.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "db/transaction.hpp"

namespace coppice::app::jobs {
namespace {

using actors::Result;
using content::FolderImport;

constexpr auto kWriteTimeout = std::chrono::minutes(1);
constexpr auto kReadinessPoll = std::chrono::milliseconds(100);
constexpr auto kRolePoll = std::chrono::seconds(1);
constexpr actors::Duration kFirstDelay = std::chrono::seconds(1);
constexpr actors::Duration kLongestDelay = std::chrono::minutes(1);

}  // namespace

Importer::Importer(std::string folder, db::Database database, std::shared_ptr<Slot> slot,
                   std::shared_ptr<changes::Follower::Slot> follower,
                   std::shared_ptr<LongWork> long_work)
    : folder_(std::move(folder)),
      database_(std::move(database)),
      slot_(std::move(slot)),
      follower_(std::move(follower)),
      long_work_(std::move(long_work)),
      next_delay_(kFirstDelay) {}

void Importer::init() {
  slot_->enter(runtime(), cell().place());
  continue_with(Begin{});
}

void Importer::handle(Begin /*message*/) {
  if (run_) {
    again_ = true;
  } else {
    begin();
  }
}

// What the import that runs has read already may have changed since.
void Importer::handle(Import /*message*/, actors::ReplyTo<content::ImportReport> reply) {
  if (run_) {
    again_ = true;
    asked_next_.push_back(std::move(reply));
  } else {
    asked_.push_back(std::move(reply));
    begin();
  }
}

void Importer::begin() {
  if (auto ready = database_.readiness().check(); !ready) {
    refuse(ready.error());
    set_timer("again", kReadinessPoll, Begin{});
    return;
  }
  if (!database_.is_primary()) {
    status_ = "the primary imports";
    refuse({actors::Errc::unavailable, "the primary imports, and this node is not"});
    set_timer("again", kRolePoll, Begin{});
    return;
  }
  auto opened = open();
  if (!opened) {
    try_again_later(opened.error());
    return;
  }
  run_.emplace(std::move(*opened));
  status_ = "importing " + folder_;
  requeue(Step{});
}

Result<Importer::Run> Importer::open() {
  if (is_of_another_epoch()) {
    memory_ = {};
    epoch_ = database_.position().epoch;
  }
  auto import = FolderImport::open(folder_, {.memory = &memory_});
  if (!import) return std::unexpected(import.error());
  auto reader = db::Connection::open({.path = database_.path(), .read_only = true});
  if (!reader) return std::unexpected(reader.error());
  return Run{std::move(*import), std::move(*reader), long_work_->begin("import")};
}

actors::Task<void> Importer::handle(Step /*message*/) {
  if (!database_.is_primary() || is_of_another_epoch()) {
    run_.reset();
    requeue(Begin{});
    co_return;
  }
  const auto more = read_next_file();
  if (!more) {
    try_again_later(more.error());
    co_return;
  }
  if (!*more || run_->import.has_batch()) co_await write();
  if (*more || is_of_another_epoch()) {
    requeue(Step{});
  } else {
    finish();
  }
}

/// Whether the history has forked since the memory began, as by a restore: what was stored then may
/// not be there any more.
bool Importer::is_of_another_epoch() const { return database_.position().epoch != epoch_; }

/// Compares the whole file with one snapshot of the database.
Result<bool> Importer::read_next_file() {
  run_->piece->tell(run_->import.progress());
  const auto snapshot = db::Transaction::begin(run_->reader, db::Transaction::Kind::deferred);
  if (!snapshot) return std::unexpected(snapshot.error());
  return run_->import.read_next(run_->reader);
}

actors::Task<void> Importer::write() {
  auto replies = co_await database_.execute_all(run_->import.take_commands(), kWriteTimeout);
  std::vector<FolderImport::WriteResult> results;
  for (auto& reply : replies) {
    if (reply) {
      results.emplace_back(std::move(reply->value));
    } else {
      results.emplace_back(std::unexpected(reply.error()));
    }
  }
  run_->import.record(results);
  changes::poke(*follower_);
}

void Importer::finish() {
  const auto& report = run_->import.report();
  for (const auto& problem : report.problems()) SPDLOG_WARN("import: {}", problem);
  status_ = folder_ + ": " + report.summary();
  SPDLOG_INFO("imported {}", status_);
  for (auto& reply : std::exchange(asked_, {})) reply.answer(report);
  if (run_->import.has_passing_failures()) {
    begin_later();
  } else {
    next_delay_ = kFirstDelay;
  }
  run_.reset();
  trouble_.clear();
  if (!std::exchange(again_, false)) return;
  asked_ = std::exchange(asked_next_, {});
  requeue(Begin{});
}

void Importer::try_again_later(const actors::Error& error) {
  run_.reset();
  refuse(error);
  status_ = fmt::format("CONTENT_PATH={} can't be imported: {}", folder_, error.message());
  if (std::exchange(trouble_, status_) != status_) {
    SPDLOG_WARN("{}; it is tried again until it can be", status_);
  }
  begin_later();
}

void Importer::begin_later() {
  set_timer("again", next_delay_, Begin{});
  next_delay_ = std::min(next_delay_ * 2, kLongestDelay);
}

/// Nobody waits for what is tried again until it can be done.
void Importer::refuse(const actors::Error& error) {
  for (auto* asked : {&asked_, &asked_next_}) {
    for (auto& reply : std::exchange(*asked, {})) reply.answer(std::unexpected(error));
  }
}

std::string Importer::describe() const { return status_; }

}  // namespace coppice::app::jobs
