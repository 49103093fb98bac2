#include "db/housekeeper.hpp"

#include <memory>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "db/change_feed.hpp"
#include "db/database.hpp"
#include "db/idempotency.hpp"

namespace coppice::db {

using actors::Result;
using actors::Task;

namespace {

constexpr auto kFirstSweep = std::chrono::minutes(1);
constexpr auto kPeriod = std::chrono::hours(1);
constexpr auto kTimeout = std::chrono::seconds(10);
constexpr std::int64_t kStep = 500;

std::int64_t seconds_ago(std::chrono::seconds age) {
  const auto then = std::chrono::system_clock::now() - age;
  return std::chrono::duration_cast<std::chrono::seconds>(then.time_since_epoch()).count();
}

}  // namespace

Result<std::int64_t> ForgetReplies::run(Connection& db) const {
  return db::forget_replies(db, before, most);
}

Housekeeper::Housekeeper(const Database& database, Retention retention)
    : database_(std::make_unique<const Database>(database)), retention_(retention) {}
Housekeeper::~Housekeeper() = default;

void Housekeeper::init() { send_after(kFirstSweep, Sweep{}); }

Task<void> Housekeeper::handle(Sweep /*message*/) {
  send_after(kPeriod, Sweep{});
  if (!database_->is_primary()) co_return;
  const auto forgotten = co_await forget_replies();
  const auto trimmed = co_await trim_changes();
  if (forgotten && trimmed) {
    status_ = fmt::format("the last sweep forgot {} idempotency keys and trimmed {} changes",
                          *forgotten, *trimmed);
  } else {
    status_ = "the last sweep failed: " +
              (forgotten ? trimmed.error().message() : forgotten.error().message());
    SPDLOG_WARN("housekeeping: {}", status_);
  }
}

Task<Result<std::int64_t>> Housekeeper::forget_replies() {
  std::int64_t total = 0;
  for (;;) {
    const ForgetReplies command{seconds_ago(retention_.idempotency_keys), kStep};
    const auto done = co_await database_->execute(command, kTimeout);
    if (!done) co_return std::unexpected(done.error());
    total += done->value;
    if (done->value < kStep) co_return total;
  }
}

Task<Result<std::int64_t>> Housekeeper::trim_changes() {
  auto find_end = [before = seconds_ago(retention_.changes), keep = retention_.most_changes](
                      Connection& connection) { return changes_to_trim(connection, before, keep); };
  const auto through = co_await database_->read(std::move(find_end), kTimeout);
  if (!through) co_return std::unexpected(through.error());
  std::int64_t total = 0;
  for (;;) {
    const TrimChanges command{*through, kStep};
    const auto done = co_await database_->execute(command, kTimeout);
    if (!done) co_return std::unexpected(done.error());
    total += done->value;
    if (done->value < kStep) co_return total;
  }
}

std::string Housekeeper::describe() const { return status_; }

}  // namespace coppice::db
