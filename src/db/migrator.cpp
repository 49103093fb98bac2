#include "db/migrator.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace coppice::db {

using actors::Duration;
using actors::Errc;
using actors::Error;
using actors::fail;
using actors::Init;
using actors::Result;
using actors::Task;

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// How long the rest of the tree waits for migrations before it starts unready.
constexpr Duration kPatienceAtStart = seconds(2);
constexpr Duration kPatience = minutes(10);
constexpr seconds kFirstPause(1);
constexpr seconds kLongestPause(30);
constexpr seconds kPauseOnReplica(1);
constexpr seconds kRolePause(1);

seconds pause_after(std::uint32_t failures_in_a_row) {
  const auto doublings = std::min(failures_in_a_row - 1, 8U);
  return std::min(kLongestPause, kFirstPause * (1 << doublings));
}

// The others say that the writer could not be asked just now, or could not write; a schema that
// was right before is so still.
bool is_about_the_schema(const Error& error) {
  return error == Errc::migration_failed || error == Errc::unsupported;
}

}  // namespace

Migrator::Migrator(std::shared_ptr<WriterLink> writer, std::shared_ptr<const Migrations> migrations,
                   NewerSchema newer, std::shared_ptr<Readiness> readiness,
                   std::shared_ptr<const Replication> replication, std::shared_ptr<Slot> slot)
    : writer_(std::move(writer)),
      migrations_(std::move(migrations)),
      newer_(newer),
      readiness_(std::move(readiness)),
      replication_(std::move(replication)),
      slot_(std::move(slot)) {}

Task<Init> Migrator::init() {
  slot_->enter(runtime(), cell().place());
  if (replication_->is_replicated()) set_timer("role", kRolePause, FollowRole{});
  std::ignore = co_await attempt(kPatienceAtStart);
  co_return Init::ok();
}

Task<void> Migrator::handle(Attempt /*message*/) { std::ignore = co_await attempt(kPatience); }

Task<Result<MigrationRun>> Migrator::handle(Migrate /*message*/) { return attempt(kPatience); }

// A message that told of it may have met nobody.
void Migrator::handle(FollowRole /*message*/) {
  set_timer("role", kRolePause, FollowRole{});
  const bool is_news = generation_ != replication_->generation();
  if (is_news && replication_->role() != Role::down) continue_with(Attempt{});
}

Task<Result<MigrationRun>> Migrator::attempt(Duration patience) {
  generation_ = replication_->generation();
  const auto writer = writer_->address.get();
  if (!writer) {
    failed(writer.error());
    co_return std::unexpected(writer.error());
  }
  Writer::ApplyMigrations message{migrations_, newer_};
  auto ran = co_await writer->call(std::move(message), patience);
  if (replication_->role() == Role::down) {
    status_ = "waits for replication";  // and whoever took it down has said so
    co_return fail(Errc::unavailable, status_);
  }
  if (generation_ != replication_->generation()) {
    continue_with(Attempt{});  // what it found is of the reign before
    co_return fail(Errc::unavailable, "the node's role has changed meanwhile: it begins anew");
  }
  if (ran) {
    succeeded(*ran);
  } else if (ran.error() == Errc::timeout) {
    still_running();
    co_return fail(Errc::timeout, status_);
  } else if (!replication_->is_primary() && !is_about_the_schema(ran.error())) {
    waits_for_primary(ran.error());
  } else if (ran.error() != Errc::cancelled) {
    failed(ran.error());
  }
  co_return ran;
}

void Migrator::succeeded(const MigrationRun& run) {
  failures_in_a_row_ = 0;
  cancel_timer("retry");
  status_ = fmt::format("schema {}, {} of {} migrations were pending", migrations_->latest(),
                        run.ran.size(), migrations_->all().size());
  if (!run.ran.empty()) SPDLOG_INFO("migrations: {}", status_);
  for (const auto& warning : run.before.warnings()) {
    SPDLOG_WARN("{}", warning);
    status_ += "; " + warning;
  }
  readiness_->set_ready();
  runtime().notify_waiters();
}

// Asking again waits behind the migrations that run and learns how they ended.
void Migrator::still_running() {
  status_ = "migrations are running";
  if (!readiness_->ready()) readiness_->set_starting(status_);
  continue_with(Attempt{});
}

void Migrator::failed(const Error& error) {
  const auto pause = pause_after(++failures_in_a_row_);
  status_ = fmt::format("{} (attempt {}, the next one in {})", error.message(), failures_in_a_row_,
                        pause);
  SPDLOG_ERROR("migrations: {}", status_);
  if (is_about_the_schema(error) || !readiness_->ready()) readiness_->set_failed(status_);
  runtime().notify_waiters();
  set_timer("retry", pause, Attempt{});  // one, however often operators ask meanwhile
}

void Migrator::waits_for_primary(const Error& error) {
  failures_in_a_row_ = 0;
  status_ = fmt::format("waits for the primary's schema: {}", error.message());
  if (!readiness_->ready()) readiness_->set_failed(status_);
  runtime().notify_waiters();
  set_timer("schema", kPauseOnReplica, Attempt{});
}

std::string Migrator::describe() const { return status_; }

}  // namespace coppice::db
