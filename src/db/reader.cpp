#include "db/reader.hpp"

#include <chrono>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/telemetry.hpp"
#include "db/statement_deadline.hpp"
#include "db/transaction.hpp"

namespace coppice::db {

using actors::Errc;
using actors::fail;
using actors::Init;
using actors::Result;

namespace {

/// Notes that a reader is at work, and how long it was, however that ends.
class AtWork {
 public:
  AtWork(ReaderActivity& activity, const actors::Clock& clock)
      : activity_(activity), clock_(clock), began_(clock.now()) {
    activity_.busy.store(true, std::memory_order_relaxed);
  }
  AtWork(const AtWork&) = delete;
  AtWork& operator=(const AtWork&) = delete;
  ~AtWork() {
    const std::chrono::duration<double> took = clock_.now() - began_;
    activity_.seconds.add(took.count());
    activity_.busy.store(false, std::memory_order_relaxed);
  }

 private:
  ReaderActivity& activity_;
  const actors::Clock& clock_;
  const actors::Time began_;
};

}  // namespace

Reader::Reader(std::filesystem::path path, std::shared_ptr<ReaderSlot> slot,
               std::shared_ptr<const Replication> replication, std::shared_ptr<ReadGate> gate)
    : path_(std::move(path)),
      slot_(std::move(slot)),
      replication_(std::move(replication)),
      gate_(std::move(gate)) {}

Init Reader::init() {
  slot_->address.enter(runtime(), cell().place());
  return Init::ok();
}

// Whoever reads is not to take a file that isn't there for a record that isn't.
Result<void> Reader::open() {
  auto connection = Connection::open({.path = path_, .read_only = true});
  if (!connection) return fail(Errc::unavailable, connection.error().message());
  connection_ = std::move(*connection);
  return {};
}

void Reader::handle(FollowRole /*message*/) { follow_role(); }

void Reader::follow_role() {
  const auto generation = replication_->generation();
  if (generation != std::exchange(generation_, generation)) connection_.reset();
}

/// What a read of a replicated database needs first. Opening it reads as well, and the role may be
/// another one once the gate has opened. A primary's reads, and those of a node that is down, wait
/// for nobody; but should the role go meanwhile, others wait for them.
Result<ReadGate::Pass> Reader::prepare(actors::Time deadline, ReadLimit& limit) {
  const actors::Clock& clock = runtime().clock();
  auto pass = gate_->enter(clock, deadline, [&limit] { return limit.follows(); });
  if (!pass) return pass;
  std::ignore = limit.end(clock.now());  // from its beginning on
  follow_role();
  if (replication_->role() == Role::down) {
    return std::unexpected(not_primary(replication_->standing()));
  }
  return pass;
}

Result<void> Reader::handle(Read message) {
  ++reads_;
  ReadGate::Pass pass;  // ends after the snapshot
  ReadLimit allowed(*replication_, message.deadline);
  if (replication_->is_replicated()) {
    auto ready = prepare(message.deadline, allowed);
    if (!ready) return std::unexpected(std::move(ready.error()));
    pass = std::move(*ready);
  }
  if (slot_->has_to_reopen.exchange(false, std::memory_order_acq_rel)) connection_.reset();
  if (!connection_) {
    if (auto opened = open(); !opened) return std::unexpected(std::move(opened.error()));
  }
  std::optional<AtWork> at_work;
  if constexpr (actors::kTelemetry) at_work.emplace(slot_->activity, runtime().clock());
  const auto snapshot = Transaction::begin(*connection_, Transaction::Kind::deferred);
  if (!snapshot) return std::unexpected(snapshot.error());
  const StatementDeadline limit(*connection_, runtime().clock(),
                                [&allowed](actors::Time now) { return allowed.end(now); });
  message.job->run(*connection_);
  if (!limit.has_struck()) return {};
  ++interrupted_;
  slot_->activity.interrupted.fetch_add(1, std::memory_order_relaxed);
  SPDLOG_DEBUG("a read was interrupted at its deadline");
  return fail(Errc::timeout, "the read was interrupted at its deadline");
}

std::string Reader::describe() const {
  const auto statements = connection_ ? connection_->statement_counts() : StatementCounts{};
  return fmt::format("{}, {} reads, {} interrupted, statements: {} prepared, {} reused",
                     path_.string(), reads_, interrupted_, statements.prepared, statements.reused);
}

}  // namespace coppice::db
