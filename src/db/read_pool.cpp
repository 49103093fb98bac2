#include "db/read_pool.hpp"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "supervisor/supervisor.hpp"

namespace coppice::db {

using actors::Duration;
using actors::Errc;
using actors::Error;
using actors::PlaceSettled;
using actors::Result;
using actors::Shard;
using actors::Task;
using actors::Time;

namespace {

// Readers that crash often wait longer and longer; their supervisor gives up only should even that
// not hold them.
constexpr supervisor::Backoff kBackoff{.min = std::chrono::milliseconds(5),
                                       .max = std::chrono::seconds(1)};
constexpr std::int32_t kRestartsPerReader = 20;

// Before asking again: a reader that has just ended is not known to have done so for a moment.
constexpr Duration kPause = std::chrono::milliseconds(1);

// Whether the read has not reached a reader that could have begun with it.
bool is_worth_asking_again(const Error& error, const ReadJob& job) noexcept {
  if (job.has_begun()) return false;
  return error == Errc::restarting || error == Errc::noproc || error == Errc::down;
}

bool is_coming_back(const actors::Place& place) {
  const auto state = place.state();
  return state != actors::Place::State::stopped && state != actors::Place::State::removed;
}

}  // namespace

ReadPool::ReadPool(std::size_t size) : shared_(std::make_shared<Shared>()) {
  for (std::size_t i = 0; i < size; ++i) {
    shared_->slots.push_back(std::make_shared<ReaderSlot>());
  }
}

Task<Result<void>> ReadPool::run(std::shared_ptr<Shared> shared, std::shared_ptr<ReadJob> job,
                                 Duration timeout) {
  const Time deadline = actors::deadline_after(Shard::current()->now(), timeout);
  while (true) {
    const auto slot = least_busy(*shared);
    const auto reader = slot->address.get();
    if (!reader) co_return std::unexpected(reader.error());
    const auto settled = co_await PlaceSettled(reader->place(), deadline - Shard::current()->now());
    if (!settled) co_return std::unexpected(settled.error());
    Reader::Read message{job, ReadTicket(slot), deadline};
    auto done = co_await reader->call(std::move(message), deadline - Shard::current()->now());
    if (done || !is_worth_asking_again(done.error(), *job)) co_return done;
    if (!is_coming_back(*reader->place()) || Shard::current()->now() >= deadline) co_return done;
    std::ignore = co_await actors::sleep_for(kPause);
  }
}

// Always the first among equals: it has its pages and statements at hand, and those that are never
// needed never open a connection.
const std::shared_ptr<ReaderSlot>& ReadPool::least_busy(Shared& shared) noexcept {
  const auto rank = [](const std::shared_ptr<ReaderSlot>& slot) {
    return std::pair(!slot->address.is_up(), slot->load.load(std::memory_order_relaxed));
  };
  return *std::ranges::min_element(shared.slots, {}, rank);
}

void ReadPool::reopen() const {
  for (const auto& slot : shared_->slots) {
    slot->has_to_reopen.store(true, std::memory_order_release);
  }
}

void ReadPool::follow_role() const {
  gate().recheck();
  for (const auto& slot : shared_->slots) {
    if (const auto reader = slot->address.get()) reader->cast(Reader::FollowRole{}).ignore();
  }
}

supervisor::ChildSpec ReadPool::supervisor(std::filesystem::path path,
                                           std::shared_ptr<const Replication> replication) const {
  std::vector<supervisor::ChildSpec> readers;
  for (std::size_t i = 0; i < size(); ++i) {
    auto reader = supervisor::worker<Reader>("reader-" + std::to_string(i + 1), path,
                                             shared_->slots[i], replication, shared_->gate);
    reader.backoff = kBackoff;
    reader.options.placement = actors::Placement::own_thread();
    reader.options.mailbox.keep_unstarted = true;
    readers.push_back(std::move(reader));
  }
  const auto restarts = kRestartsPerReader * static_cast<std::int32_t>(size());
  return supervisor::supervisor_child("readers", {{.strategy = supervisor::Strategy::one_for_one,
                                                   .intensity = {.intensity = restarts}},
                                                  std::move(readers)});
}

}  // namespace coppice::db
