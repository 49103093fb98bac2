#include "app/changes/event_stream.hpp"

#include <utility>

#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "actors/shard.hpp"

namespace coppice::app::changes {

using actors::Result;
using net::Awaitable;
using net::http::BodyWriter;

namespace {

constexpr auto kReadTimeout = std::chrono::seconds(5);
constexpr std::size_t kPiece = std::size_t{64} * 1024;
constexpr std::size_t kMostReadAtOnce = 100;
constexpr std::size_t kMostChangesWaiting = 200;
constexpr std::size_t kMostBytesWaiting = kMostBytesAtOnce;
constexpr std::string_view kRetry = "retry: 2000\n";
constexpr boost::asio::use_awaitable_t<net::Executor> kAwait{};

}  // namespace

EventStream::EventStream(Source source, actors::Pid subscriber, Wish wish, StreamTimes times)
    : source_(std::move(source)),
      subscriber_(subscriber),
      wish_(std::move(wish)),
      times_(times),
      timer_(actors::Shard::current()->io().get_executor()) {}

Awaitable<Result<void>> EventStream::open(std::shared_ptr<EventStream> stream) {
  stream->subscribe();
  Wish wish = stream->wish_;
  wish.most = kMostReadAtOnce;
  wish.in_parts = true;
  auto work = [wish = std::move(wish)](db::Connection& db) { return read_beginning(db, wish); };
  const auto beginning =
      co_await stream->source_.database.async_read(std::move(work), kReadTimeout, kAwait);
  if (!beginning) co_return std::unexpected(beginning.error());
  stream->begin(*beginning);
  co_return Result<void>();
}

Awaitable<bool> EventStream::run(std::shared_ptr<EventStream> stream,
                                 std::shared_ptr<BodyWriter> writer) {
  const auto end = Clock::now() + stream->times_.life;
  writer->when_draining([stream] { stream->wake(); });
  for (;;) {
    if (!stream->piece_.empty()) {
      const bool taken = co_await writer->write(std::exchange(stream->piece_, {}));
      if (!taken) co_return false;
      stream->heartbeat_due_ = Clock::now() + stream->times_.heartbeat;
    }
    const bool cancelled = co_await net::is_cancelled();
    if (cancelled) co_return false;
    if (stream->failed_ || writer->draining() || Clock::now() >= end) co_return true;
    co_await stream->find_more();
  }
}

void EventStream::subscribe() {
  subscription_ = source_.hub->subscribe(
      topic_of(wish_.view.table->resource().name), subscriber_,
      [weak = weak_from_this()](const actors::pubsub::BroadcastPtr& broadcast) {
        const auto self = weak.lock();
        auto batch = std::dynamic_pointer_cast<const Batch>(broadcast);
        if (self && batch) self->receive(std::move(batch));
      });
}

void EventStream::receive(BatchPtr batch) {
  changes_waiting_ += batch->changes.size();
  bytes_waiting_ += batch->bytes;
  waiting_.push_back(std::move(batch));
  if (changes_waiting_ > kMostChangesWaiting || bytes_waiting_ > kMostBytesWaiting) {
    waiting_.clear();
    changes_waiting_ = 0;
    bytes_waiting_ = 0;
    behind_ = true;
  }
  wake();
}

void EventStream::wake() {
  awake_ = true;
  timer_.cancel();
}

/// The client learns where it is even before the first event.
void EventStream::begin(const Beginning& beginning) {
  piece_ = kRetry;
  const bool resumes = wish_.since && !beginning.reset;
  const Bookmark at = resumes ? *wish_.since : beginning.at;
  follow_ = Follow(at);
  if (beginning.reset) reset(at);
  if (beginning.list) {
    const auto data = fmt::format("{{\"position\":\"{}\",{}", to_string(at),
                                  std::string_view(*beginning.list).substr(1));
    put_event("snapshot", at, data);
  } else if (!beginning.reset) {
    piece_ += fmt::format("id: {}\n\n", to_string(at));
  }
  if (beginning.changes.empty()) {
    follow_.go_on_from(beginning.at);
  } else {
    send(beginning);
  }
  behind_ = behind_ || beginning.more;
}

void EventStream::put_event(std::string_view name, Bookmark id, std::string_view data) {
  piece_ += fmt::format("event: {}\nid: {}\ndata: {}\n\n", name, to_string(id), data);
}

void EventStream::reset(Bookmark at) {
  follow_.go_on_from(at);
  put_event("reset", at, fmt::format("{{\"position\":\"{}\"}}", to_string(at)));
}

/// Writes what there is for the client, or waits for it; at the latest until the heartbeat is due.
Awaitable<void> EventStream::find_more() {
  if (sending_) {
    write_changes();
    co_return;
  }
  if (behind_) {
    co_await read_on();
    co_return;
  }
  if (waiting_.empty()) co_await wait();
  if (Clock::now() >= heartbeat_due_) {
    piece_ += fmt::format(":\nid: {}\n\n", to_string(follow_.at()));
  } else if (!waiting_.empty() && !behind_) {
    take_next_batch();
  }
}

Awaitable<void> EventStream::read_on() {
  behind_ = false;  // what comes while it reads waits
  Wish wish{.view = wish_.view, .since = follow_.at(), .most = kMostReadAtOnce, .in_parts = true};
  auto work = [wish = std::move(wish)](db::Connection& db) { return read_beginning(db, wish); };
  const auto missed = co_await source_.database.async_read(std::move(work), kReadTimeout, kAwait);
  if (!missed) {
    failed_ = true;  // the client comes back
    co_return;
  }
  behind_ = behind_ || missed->more;
  if (missed->reset) {
    reset(missed->at);
  } else if (missed->changes.empty()) {
    follow_.go_on_from(missed->at);
  } else {
    send(*missed);
  }
}

Awaitable<void> EventStream::wait() {
  if (!std::exchange(awake_, false)) {
    timer_.expires_at(heartbeat_due_);
    co_await timer_.async_wait(net::kAsResult);
  }
  awake_ = false;
}

void EventStream::take_next_batch() {
  const BatchPtr batch = waiting_.front();
  switch (follow_.fit(*batch)) {
    case Follow::Fit::gap: behind_ = true; return;
    case Follow::Fit::reset: reset({batch->through}); break;
    case Follow::Fit::joins_on:
      sending_ = batch;
      sending_through_ = {batch->through};
      break;
  }
  changes_waiting_ -= batch->changes.size();
  bytes_waiting_ -= batch->bytes;
  waiting_.pop_front();
}

/// Has what was read sent next: of its last commit perhaps a part only.
void EventStream::send(const Beginning& read) {
  const db::Position from = follow_.at().position;
  sending_ = std::make_shared<const Batch>(from, read.at.position, read.changes, false);
  sending_through_ = read.at;
}

/// A piece of what is being sent.
void EventStream::write_changes() {
  const auto& changes = sending_->changes;
  while (sent_ < changes.size() && piece_.size() < kPiece) {
    const Change& change = *changes[sent_++];
    const auto* event = follow_.take(change) ? change.event_for(wish_.view) : nullptr;
    if (event != nullptr) put_event(event->event(), change.at(), event->payload().bytes);
  }
  if (sent_ < changes.size()) return;
  follow_.go_on_from(sending_through_);
  sending_.reset();
  sent_ = 0;
}

}  // namespace coppice::app::changes
