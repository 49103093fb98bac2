#include "app/nodes/primary_reader.hpp"

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include <spdlog/spdlog.h>

#include "actors/blocking_pool.hpp"
#include "actors/shard.hpp"
#include "app/http/answers.hpp"
#include "app/http/request_scope.hpp"
#include "app/nodes/refusal.hpp"
#include "app/nodes/sent_read.hpp"
#include "app/tracing/request_trace.hpp"
#include "db/codec.hpp"
#include "db/run_task.hpp"

namespace coppice::app::nodes {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;
using actors::Task;
using db::Arrival;
using net::Awaitable;
using net::http::RequestPtr;
using Answer = std::optional<http::PrimarysAnswer>;

constexpr int kMostAtATime = 2;
constexpr std::chrono::milliseconds kAskTimeout(2000);
constexpr std::chrono::milliseconds kAskGrace(200);
constexpr std::chrono::seconds kAvoided(3);
constexpr long kAnswered = 200;
constexpr std::int64_t kFirstFailure = 500;

/// The node that did not answer last: who waits for it keeps a thread from the writes.
class Avoided {
 public:
  [[nodiscard]] bool has(const std::string& node, actors::Time now) const {
    const std::lock_guard lock(mutex_);
    return node == node_ && now < until_;
  }
  void add(std::string node, actors::Time now) {
    const std::lock_guard lock(mutex_);
    node_ = std::move(node);
    until_ = now + kAvoided;
  }

 private:
  mutable std::mutex mutex_;
  std::string node_;  // Guarded by the mutex, as the time.
  actors::Time until_{};
};

struct Way {
  std::shared_ptr<const db::Replication> replication;
  PostRead post;
  std::atomic<int> under_way{0};
  Avoided avoided{};
};
using WayPtr = std::shared_ptr<Way>;

/// A place among those that ask, as long as it lives.
class Seat {
 public:
  explicit Seat(WayPtr way) : way_(std::move(way)), before_(way_->under_way++) {}
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;
  ~Seat() { --way_->under_way; }
  [[nodiscard]] bool is_free() const noexcept { return before_ < kMostAtATime; }

 private:
  const WayPtr way_;
  const int before_;
};

/// It may answer what this node answers better.
Result<SentAnswer> check(SentAnswer answer) {
  const bool has_position =
      answer.arrival == Arrival::here || answer.arrival == Arrival::superseded;
  if (!has_position) return fail(Errc::unavailable, "it does not have the position");
  if (answer.status < kFirstFailure) return answer;
  return fail(Errc::unavailable, "its answer is " + std::to_string(answer.status));
}

Result<SentAnswer> read(const Link::Answer& answer) {
  if (answer.status != kAnswered) {
    return fail(Errc::unavailable, explain_refusal("it", answer));
  }
  auto sent = db::from_bytes<SentAnswer>(answer.body);
  if (!sent) return std::unexpected(sent.error());
  return check(*std::move(sent));
}

bool is_silence(const actors::Error& error) {
  return error == Errc::timeout || error == Errc::unavailable;
}

Task<Result<SentAnswer>> ask(WayPtr way, std::string node, std::string body) {
  const Seat seat(way);
  if (!seat.is_free()) co_return fail(Errc::overloaded, "too many reads are under way");
  if (way->avoided.has(node, actors::Shard::current()->now())) {
    co_return fail(Errc::unavailable, "it has not answered just now");
  }
  auto work = [post = way->post, node, body = std::move(body)] {
    return post(node, body, kAskTimeout);
  };
  auto done = co_await actors::blocking(std::move(work), kAskTimeout + kAskGrace);
  const Result<Link::Answer> answer =
      done ? *std::move(done) : Result<Link::Answer>(std::unexpected(done.error()));
  if (answer) co_return read(*answer);
  if (is_silence(answer.error())) {
    way->avoided.add(std::move(node), actors::Shard::current()->now());
  }
  co_return std::unexpected(answer.error());
}

Awaitable<Answer> ask_for(WayPtr way, RequestPtr request, db::Position position) {
  const auto standing = way->replication->standing();
  if (standing.role != db::Role::replica) co_return std::nullopt;
  const tracing::ScopedSpan span(tracing::trail_of(*request, tracing::ScopedSpan::Within::request),
                                 "ask the primary", tracing::SpanKind::client);
  const auto sent = to_sent(*request, position, span.trail());
  auto asking = ask(std::move(way), standing.primary, db::to_bytes(sent));
  auto answer = co_await db::run_task<SentAnswer>(std::move(asking), kAskTimeout + 2 * kAskGrace,
                                                  http::kAwait);
  if (answer) {
    const auto arrival = answer->arrival;
    co_return http::PrimarysAnswer{from_sent(*std::move(answer)), arrival};
  }
  const LogScope about(http::lines_about(*request));
  SPDLOG_DEBUG("{} {} is answered here: the primary does not: {}", to_string(request->method),
               request->path, answer.error().message());
  co_return std::nullopt;
}

}  // namespace

http::AskPrimary ask_primary(std::shared_ptr<const db::Replication> replication, PostRead post) {
  const auto way = std::make_shared<Way>(std::move(replication), std::move(post));
  return [way](RequestPtr request, db::Position position) {
    return ask_for(way, std::move(request), position);
  };
}

}  // namespace coppice::app::nodes
