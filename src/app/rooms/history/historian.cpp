#include "app/rooms/history/historian.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <list>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "app/rooms/history/history_message.hpp"

namespace coppice::app::rooms {
namespace {

using actors::Errc;
using actors::Result;
using actors::Task;

constexpr auto kTimeout = std::chrono::seconds(10);
constexpr auto kRetry = std::chrono::milliseconds(200);
constexpr auto kFirstSweep = std::chrono::minutes(1);
constexpr auto kPeriod = std::chrono::hours(1);
constexpr std::int64_t kTopicsAtOnce = 50;
constexpr std::size_t kMostInBatch = 256;
constexpr std::size_t kMostBatchBytes = std::size_t{512} * 1024;

std::int64_t seconds_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

std::size_t size_of(const Said& said) {
  return sizeof(Said) + said.topic.size() + said.event.size() + said.payload.size();
}

/// Of one write, in the trace of each message that has one.
using Spans = std::list<tracing::ScopedSpan>;

Task<Result<db::Committed<std::int64_t>>> commit(db::Database database, KeepMessages command,
                                                 Spans spans) {
  for (auto& span : spans) span.note("coppice.command", std::string(KeepMessages::kName));
  db::WriteOptions options;
  // Another node has it once, and so in one trace.
  if (!spans.empty()) options.trace = spans.front().passed_on();
  auto written = co_await database.execute(std::move(command), kTimeout, std::move(options));
  if (!written) co_return written;
  for (auto& span : spans) span.note("coppice.position", db::to_string(written->position));
  co_return written;
}

/// Whether a failed write may have been committed all the same.
bool is_doubtful(const actors::Error& error) {
  return error == Errc::timeout || error == Errc::down || error == Errc::io_error ||
         error == Errc::cancelled;
}

}  // namespace

void Historian::init() {
  {
    const std::lock_guard lock(history_->mutex);
    told_ = history_->told;
  }
  history_->historian->enter(runtime(), cell().place());
  history_->is_to_look = false;  // a look that was under way went with the incarnation before
  send_after(kFirstSweep, Sweep{});
  work();
}

void Historian::handle(Keep message, actors::ReplyTo<void> reply) {
  const auto size = size_of(message.said);
  if (waiting_bytes_ + size > kMostWaitingBytes) {
    ++refused_;
    reply.answer(actors::fail(Errc::overloaded, "too many messages wait to be kept"));
    return;
  }
  waiting_bytes_ += size;
  waiting_.push_back({std::move(message.said), std::move(reply), std::move(message.trail)});
  work();
}

void Historian::handle(Look /*message*/) {
  history_->is_to_look = false;
  must_catch_up_ = true;
  work();
}

void Historian::work() {
  if (!std::exchange(working_, true)) background(write_all());
}

Task<void> Historian::write_all() {
  while (must_catch_up_ || !waiting_.empty()) {
    if (!must_catch_up_) {
      auto batch = take_batch();
      co_await write(std::move(batch));
      continue;
    }
    const auto caught_up = co_await catch_up();
    if (caught_up) continue;
    // Nothing is told out of turn, so everything waits; who has waited too long has an error.
    const bool goes_on = co_await actors::sleep_for(kRetry);
    if (!goes_on) co_return;
  }
  working_ = false;
}

Historian::Batch Historian::take_batch() {
  std::size_t count = 0;
  std::size_t bytes = 0;
  while (count < std::min(waiting_.size(), kMostInBatch) && bytes < kMostBatchBytes) {
    bytes += size_of(waiting_[count++].said);
  }
  waiting_bytes_ -= bytes;
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
  Batch batch(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  return batch;
}

Task<void> Historian::write(Batch batch) {
  KeepMessages command{.messages = {}, .now = seconds_now(), .bounds = history_->bounds};
  Spans spans;
  for (const auto& each : batch) {
    command.messages.push_back(each.said);
    if (each.trail) spans.emplace_back(each.trail, "write");
  }
  const auto written = co_await commit(history_->database, std::move(command), std::move(spans));
  if (!written) {
    if (is_doubtful(written.error())) must_catch_up_ = true;
    refused_ += batch.size();
    for (auto& each : batch) each.reply.answer(std::unexpected(written.error()));
    co_return;
  }
  if (history_->database.replication().is_replicated()) {
    // Others may have written before, and what they have may have yet to arrive: see Look.
    must_catch_up_ = true;
    std::ignore = co_await catch_up();
    for (auto& each : batch) each.reply.answer({});
    kept_ += batch.size();
    co_return;
  }
  const auto epoch = written->position.epoch;
  if (told_->epoch != epoch) set_told({epoch, written->value - 1});  // a restore has come between
  // What lies between was in doubt: it has been committed after all.
  const auto missed = co_await tell_missed(written->value);
  if (!missed) {
    must_catch_up_ = true;
    // Catching up tells these as well.
    for (auto& each : batch) each.reply.answer({});
    co_return;
  }
  auto position = written->value;
  for (auto& each : batch) {
    tell({position++, std::move(each.said)}, epoch);
    each.reply.answer({});
    ++kept_;
  }
}

/// Tells what has been committed, and nobody knows of.
Task<Result<void>> Historian::catch_up() {
  must_catch_up_ = false;  // what comes from here on may be missed by this look
  auto read = [](db::Connection& db) { return read_point(db); };
  const auto now = co_await history_->database.read(std::move(read), kTimeout);
  if (!now) {
    must_catch_up_ = true;
    co_return std::unexpected(now.error());
  }
  if (!told_ || told_->epoch != now->epoch) set_told(begin_at(*now));
  const auto told = co_await tell_missed(now->position + 1);
  if (!told) must_catch_up_ = true;
  co_return told;
}

/// Before the first look, and before a restore, there was nobody who could have missed anything. A
/// new primary goes on with the numbers of the one before.
HistoryPoint Historian::begin_at(HistoryPoint now) const {
  if (!told_ || !history_->database.replication().is_replicated()) return now;
  return {now.epoch, std::min(told_->position, now.position)};
}

Task<Result<void>> Historian::tell_missed(std::int64_t end) {
  if (told_->position + 1 >= end) co_return Result<void>();
  auto read = [since = told_->position, end](db::Connection& db) {
    return read_messages(db, since, end);
  };
  const auto missed = co_await history_->database.read(std::move(read), kTimeout);
  if (!missed) co_return std::unexpected(missed.error());
  for (const auto& message : *missed) tell(message, told_->epoch);
  set_told({told_->epoch, end - 1});
  co_return Result<void>();
}

void Historian::tell(const KeptMessage& message, std::int64_t epoch) {
  set_told({epoch, message.position});
  auto broadcast = std::make_shared<const HistoryMessage>(message, epoch);
  if (history_->database.replication().is_replicated()) {
    history_->hub->broadcast_local(message.said.topic, std::move(broadcast));
  } else {
    history_->hub->broadcast(message.said.topic, std::move(broadcast));
  }
}

void Historian::set_told(HistoryPoint point) {
  told_ = point;
  const std::lock_guard lock(history_->mutex);
  history_->told = point;
}

Task<void> Historian::handle(Sweep /*message*/) {
  while (history_->database.is_primary()) {
    const TrimTopics command{
        .now = seconds_now(), .bounds = history_->bounds, .most_topics = kTopicsAtOnce};
    const auto trimmed = co_await history_->database.execute(command, kTimeout);
    if (!trimmed) SPDLOG_WARN("old messages were not forgotten: {}", trimmed.error().message());
    if (!trimmed || trimmed->value < kTopicsAtOnce) break;
  }
  send_after(kPeriod, Sweep{});
}

std::string Historian::describe() const {
  return fmt::format("{} messages kept, {} refused, {} waiting", kept_, refused_, waiting_.size());
}

void poke(const History& history) {
  const auto historian = history.historian->get();
  if (!historian || history.is_to_look.exchange(true)) return;
  // Nobody there: the next incarnation looks first thing.
  if (!historian->cast(Historian::Look{})) history.is_to_look = false;
}

}  // namespace coppice::app::rooms
