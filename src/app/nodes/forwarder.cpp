#include "app/nodes/forwarder.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/blocking_pool.hpp"
#include "actors/shard.hpp"
#include "actors/stop_at_end.hpp"
#include "app/nodes/refusal.hpp"
#include "app/nodes/sent_traces.hpp"
#include "db/codec.hpp"

namespace coppice::app::nodes {

using actors::Errc;
using actors::Error;
using actors::fail;
using actors::Result;
using actors::Task;
using std::chrono::milliseconds;

namespace {

constexpr long kBadRequest = 400;
constexpr long kNotPrimary = 409;
constexpr milliseconds kLeastTimeout(50);
constexpr milliseconds kMostTimeout(30'000);

/// The primary has not begun with the command, or was not the primary any more.
bool was_not_run(const Error& error) {
  switch (error.code) {
    case Errc::read_only:
    case Errc::unavailable:
    case Errc::restarting:
    case Errc::noproc:
    case Errc::shutting_down: return true;
    default: return false;
  }
}

Task<db::Forwarded> forward(std::shared_ptr<Forwarder::Slot> slot, db::Command command,
                            actors::Duration timeout) {
  const auto forwarder = slot->get();
  if (!forwarder) co_return db::Forwarded{std::unexpected(forwarder.error()), true};
  const auto deadline = actors::deadline_after(actors::Shard::current()->now(), timeout);
  Forwarder::Forward message{std::move(command), deadline};
  auto forwarded = co_await forwarder->call_when_up(std::move(message), timeout);
  if (forwarded) co_return std::move(*forwarded);
  // With its key it may be sent again: a crash of the forwarder loses no more than an answer.
  const bool again = forwarded.error() == Errc::down;
  co_return db::Forwarded{std::unexpected(std::move(forwarded.error())), again};
}

}  // namespace

db::Forward forward_through(std::shared_ptr<Forwarder::Slot> slot) {
  return [slot = std::move(slot)](db::Command command, actors::Duration timeout) {
    return forward(slot, std::move(command), timeout);
  };
}

Forwarder::Forwarder(std::shared_ptr<const db::Replication> replication, Post post,
                     std::shared_ptr<Slot> slot)
    : replication_(std::move(replication)), post_(std::move(post)), slot_(std::move(slot)) {}

void Forwarder::init() {
  slot_->enter(runtime(), cell().place());
  background(actors::stop_at_end(stop_));
}

void Forwarder::handle(Forward message, actors::ReplyTo<db::Forwarded> reply) {
  if (waiting_.size() >= kMostWaiting) {
    reply.answer(fail(Errc::overloaded, "too many writes wait for the primary"));
    return;
  }
  waiting_.push_back({std::move(message.command), message.deadline, std::move(reply)});
  pump_soon();
}

// Behind the mail that waits, which then shares the request.
void Forwarder::pump_soon() {
  if (!waiting_.empty() && !std::exchange(pump_is_under_way_, true)) requeue(Pump{});
}

void Forwarder::handle(Pump /*message*/) {
  pump_is_under_way_ = false;
  while (!waiting_.empty() && under_way_ < kMostUnderWay) {
    ++under_way_;
    background(send(take_batch()));
  }
}

Forwarder::Batch Forwarder::take_batch() {
  std::size_t count = 0;
  std::size_t bytes = 0;
  while (count < std::min(waiting_.size(), kMostInBatch) && bytes < kMostBatchBytes) {
    bytes += byte_size(waiting_[count++].command);
  }
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
  Batch batch(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  return batch;
}

Task<void> Forwarder::send(Batch batch) {
  const auto standing = replication_->standing();
  if (standing.role != db::Role::replica) {
    answer(std::move(batch), std::unexpected(db::not_primary(standing)));
    --under_way_;
    co_return;
  }
  SentCommands sent;
  std::vector<std::string> traces;
  milliseconds longest = kLeastTimeout;
  for (const auto& each : batch) {
    const auto left = std::chrono::duration_cast<milliseconds>(each.deadline - runtime().now());
    longest = std::clamp(left, longest, kMostTimeout);
    sent.commands.push_back(to_sent(each.command, std::max(left, milliseconds(0))));
    traces.push_back(each.command.trace);
  }
  Parcel parcel{.body = db::to_bytes(sent), .traces = to_sent(traces)};
  const auto posted = co_await ask(standing.primary, std::move(parcel), longest);
  const auto count = batch.size();
  answer(std::move(batch), read(posted, count));
  --under_way_;
  pump_soon();
}

// A node that is the primary no more says who is. That one may say the same: who asked tries again.
Task<Result<Link::Answer>> Forwarder::ask(std::string node, Parcel parcel, milliseconds timeout) {
  const auto end = runtime().now() + timeout;
  auto answer = co_await ask_once(node, parcel, timeout);
  if (!answer || answer->status != kNotPrimary) co_return answer;
  auto next = read_refusal(*answer).primary;
  const auto left = std::chrono::duration_cast<milliseconds>(end - runtime().now());
  if (next.empty() || next == node || left < kLeastTimeout) co_return answer;
  co_return co_await ask_once(std::move(next), std::move(parcel), left);
}

Task<Result<Link::Answer>> Forwarder::ask_once(std::string node, Parcel parcel,
                                               milliseconds timeout) {
  auto work = [post = post_, node = std::move(node), parcel = std::move(parcel), timeout,
               stop = stop_.get_token()] { return post(node, parcel, timeout, stop); };
  ++requests_;
  auto done = co_await actors::blocking(std::move(work), actors::kForever);
  if (!done) co_return std::unexpected(done.error());
  co_return std::move(*done);
}

Result<std::vector<SentResult>> Forwarder::read(const Result<Link::Answer>& answer,
                                                std::size_t count) {
  if (!answer) return std::unexpected(answer.error());
  if (answer->status == kNotPrimary) {
    return fail(Errc::read_only, "the node that was asked is not the primary any more");
  }
  // It would say the same of the next one.
  if (answer->status == kBadRequest) {
    return fail(Errc::unsupported, explain_refusal("the primary", *answer));
  }
  if (!answer->is_ok()) {
    return fail(Errc::unavailable, explain_refusal("the primary", *answer));
  }
  auto read = db::from_bytes<SentResults>(answer->body);
  if (!read) return std::unexpected(std::move(read.error()));
  if (read->results.size() != count) {
    return fail(Errc::malformed, "the primary answers with another number of results");
  }
  return std::move(read->results);
}

void Forwarder::answer(Batch batch, Result<std::vector<SentResult>> results) {
  if (!results) {
    if (stop_.stop_requested()) results = fail(Errc::shutting_down, results.error().context);
    ++failures_;
    if (std::exchange(trouble_, results.error().message()).empty()) {
      SPDLOG_WARN("writes don't reach the primary: {}", trouble_);
    }
    const bool again = was_not_run(results.error()) || results.error() == Errc::timeout;
    // Of the nodes, not of what the client asked for.
    const bool is_nodes = results.error() == Errc::unsupported;
    const Error told{is_nodes ? Errc::unavailable : results.error().code, results.error().context};
    for (auto& each : batch) {
      each.reply.answer(db::Forwarded{std::unexpected(told), again});
    }
    return;
  }
  trouble_.clear();
  sent_ += batch.size();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto result = from_sent(std::move((*results)[i]));
    const bool again = !result && was_not_run(result.error());
    batch[i].reply.answer(db::Forwarded{std::move(result), again});
  }
}

std::string Forwarder::describe() const {
  auto text = fmt::format("{} writes answered by the primary in {} requests, {} failed; {} wait",
                          sent_, requests_, failures_, waiting_.size());
  return trouble_.empty() ? text : text + "; failed: " + trouble_;
}

}  // namespace coppice::app::nodes
