#include "app/litefs/role_keeper.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/blocking_pool.hpp"

namespace coppice::app::litefs {

using actors::Task;
using Clock = std::chrono::steady_clock;
using db::Role;
using db::litefs::PrimaryReport;
using db::litefs::TransactionEvent;

namespace {

constexpr auto kPeriod = std::chrono::seconds(1);
// A replica that is well hears from the primary every second.
constexpr auto kBehind = std::chrono::milliseconds(1200);
// Until a look says again that it is behind, with time to spare.
constexpr auto kHaste = std::chrono::milliseconds(1500);
constexpr auto kLookAroundTimeout = std::chrono::seconds(1);
constexpr auto kSettles = std::chrono::milliseconds(100);
// A look that takes longer finds nobody there.
constexpr auto kLongestLook = std::chrono::seconds(3);
// The stream may be a moment ahead of the answer, or behind it.
constexpr int kMostDisagreements = 2;
// A machine that is busy may take longer than one answer may.
constexpr int kMostUnanswered = 2;

bool writes(Role role) { return role == Role::primary; }

}  // namespace

RoleKeeper::RoleKeeper(db::Database database, std::shared_ptr<const Senses> senses,
                       std::function<void()> arrived, std::shared_ptr<Slot> slot)
    : database_(std::move(database)),
      senses_(std::move(senses)),
      arrived_(std::move(arrived)),
      slot_(std::move(slot)) {}

Task<void> RoleKeeper::init() {
  slot_->enter(runtime(), cell().place());
  auto work = [senses = senses_] { return senses->look(); };
  const auto sight = co_await actors::blocking(std::move(work), kLongestLook);
  if (sight) {
    saw(*sight);
    // The stream is about to be opened, and says the same.
    if (sight->info) state_.heard(sight->info->primary);
  }
  follow();
  set_timer("tick", kPeriod, Tick{});
}

void RoleKeeper::handle(Heard message) {
  database_.heard(runtime().now());
  if (const auto* report = std::get_if<PrimaryReport>(&message.event)) {
    report_ = *report;
    disagreements_ = 0;
    state_.heard(*report);
    weigh();
  } else if (const auto* transaction = std::get_if<TransactionEvent>(&message.event)) {
    if (transaction->database != database_.path().filename()) return;
    has_transaction(transaction->number);
    database_.note_arrival();
    arrived_();
  }
}

void RoleKeeper::handle(StreamLost message) {
  report_.reset();
  state_.stream_lost(std::move(message.why));
  weigh();
}

void RoleKeeper::handle(Tick /*message*/) {
  set_timer("tick", kPeriod, Tick{});
  background(database_.look_around(kLookAroundTimeout));
  if (!look_) {
    look_ = std::make_shared<Look>();
    background(look());
  } else if (look_is_overdue()) {
    state_.mount_fails("LiteFS does not answer");
    weigh();
  }
}

// That the threads for what blocks are busy says nothing about LiteFS.
bool RoleKeeper::look_is_overdue() const {
  const auto began = look_->began.load();
  return began != Clock::time_point() && Clock::now() - began > kLongestLook;
}

Task<void> RoleKeeper::look() {
  auto work = [senses = senses_, look = look_] {
    look->began = Clock::now();
    return senses->look();
  };
  const auto sight = co_await actors::blocking(std::move(work), actors::kForever);
  look_.reset();
  if (!sight) co_return;
  saw(*sight);
  weigh();
}

// A database that nobody has made yet has no position.
void RoleKeeper::saw(const Sight& sight) {
  database_.has_lag(sight.lag);
  if (sight.lag && *sight.lag > kBehind) database_.make_way(runtime().now(), kHaste);
  unanswered_ = sight.info ? 0 : unanswered_ + 1;
  if (!sight.info) {
    if (unanswered_ >= kMostUnanswered) state_.mount_fails(sight.info.error().context);
    return;
  }
  if (!sight.position && transaction_ > 0)
    return state_.mount_fails(sight.position.error().context);
  if (sight.position) has_transaction(sight.position->number);
  state_.mount_works();
  check_report(sight.info->primary);
}

void RoleKeeper::has_transaction(std::uint64_t number) {
  transaction_ = number;
  database_.has_transaction(number);
}

void RoleKeeper::check_report(const PrimaryReport& asked) {
  if (!report_ || report_->is_primary == asked.is_primary) {
    disagreements_ = 0;
  } else if (++disagreements_ >= kMostDisagreements) {
    SPDLOG_WARN("LiteFS's events say one role and its /info another; the latter counts");
    report_ = asked;
    state_.heard(asked);
  }
}

void RoleKeeper::weigh() {
  const auto now = database_.replication().role();
  const auto then = state_.standing().role;
  const bool at_once = writes(now) != writes(then) || then == Role::down || now == Role::down;
  if (at_once) return follow();
  set_timer("settle", kSettles, Settle{});
}

void RoleKeeper::handle(Settle /*message*/) { follow(); }

void RoleKeeper::follow() {
  const auto standing = state_.standing();
  if (database_.replication().standing() == standing) return;
  ++changes_;
  const auto level = standing.role == Role::down ? spdlog::level::err : spdlog::level::info;
  SPDLOG_LOGGER_CALL(spdlog::default_logger_raw(), level, "this node is now {}",
                     db::to_string(standing));
  database_.follow(standing);
  // LiteFS waits for the readers of a node that is to become the primary.
  database_.make_way(runtime().now(), kHaste);
  arrived_();
}

std::string RoleKeeper::describe() const {
  auto text =
      fmt::format("{}; transaction {:016x}, {} changes of role",
                  db::to_string(database_.replication().standing()), transaction_, changes_);
  if (const auto lost = database_.losses().commits(); lost > 0) {
    text += fmt::format(
        "; {} commits at least that this node had are lost, see docs/replication.md", lost);
  }
  return text;
}

}  // namespace coppice::app::litefs
