#include "app/rooms/history/history_channel.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace coppice::app::rooms {
namespace {

using net::channels::Payload;
using net::channels::Reply;

constexpr auto kReadTimeout = std::chrono::seconds(5);
constexpr auto kKeepTimeout = std::chrono::seconds(15);
constexpr std::size_t kMostWaitingBytes = std::size_t{256} * 1024;  // of payloads, as each below
constexpr std::size_t kMostWaiting = 1000;  // messages for a client that has not caught up

bool asks(const boost::json::value& wish) {
  return wish.is_object() || (wish.is_bool() && wish.as_bool());
}

std::optional<std::int64_t> integer_at(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->as_int64();
}

/// From an event to what becomes of it: the beginning of a trace. Null if that is not recorded.
std::shared_ptr<tracing::ScopedSpan> begin_span(const tracing::TracerPtr& tracer,
                                                const std::string& event) {
  const auto trail = tracing::begin_trail(tracer);
  if (!trail) return nullptr;
  auto span =
      std::make_shared<tracing::ScopedSpan>(trail, "keep a message", tracing::SpanKind::server);
  span->note("coppice.channel_event", event);
  return span;
}

/// Where a client has been; nothing if it doesn't say.
std::optional<HistoryPoint> point_of(const boost::json::value& wish) {
  if (!wish.is_object()) return std::nullopt;
  const auto epoch = integer_at(wish.as_object(), "epoch");
  const auto position = integer_at(wish.as_object(), "position");
  if (!epoch || !position) return std::nullopt;
  return HistoryPoint{.epoch = *epoch, .position = *position};
}

}  // namespace

HistoryChannel::HistoryChannel(net::channels::Port port,
                               std::shared_ptr<const net::channels::ClientContext> client,
                               HistoryPtr history)
    : TopicChannelBase(std::move(port), std::move(client)), history_(std::move(history)) {}

// Listens before it reads: what is said meanwhile is in what it reads, or waits, or both.
void HistoryChannel::follow(const boost::json::object& params, LetIn let_in) {
  const auto* wish = params.if_contains("history");
  if (!history_ || wish == nullptr || !asks(*wish)) return let_in({});
  following_ = std::make_unique<Following>();
  listen();
  auto read = [topic = topic(), since = point_of(*wish), budget = room()](db::Connection& db) {
    return read_history(db, topic, since, budget);
  };
  history_->database.async_read_own_writes(
      std::move(read), kReadTimeout,
      whenever([this, let_in = std::move(let_in)](actors::Result<HistoryPage> page) {
        catch_up(std::move(page), let_in);
      }));
}

void HistoryChannel::catch_up(actors::Result<HistoryPage> page, const LetIn& let_in) {
  if (!page) return refuse({{"reason", "history unavailable"}});
  keep_newest(*page, room());
  following_->seen = page->now;
  boost::json::object history{
      {"epoch", page->now.epoch}, {"position", page->now.position}, {"complete", page->complete}};
  let_in({{"history", std::move(history)}});
  for (const auto& message : page->messages) {
    deliver(HistoryMessage(message, page->now.epoch));
  }
  for (const auto& message : std::exchange(following_->waiting, {})) pass_on(*message);
  following_->caught_up = true;
}

void HistoryChannel::on_message(const actors::pubsub::BroadcastPtr& message) {
  auto said = std::dynamic_pointer_cast<const HistoryMessage>(message);
  if (!said) return;
  if (!following_) {
    port().deliver(said->plain);
  } else if (following_->caught_up) {
    pass_on(*said);
  } else if (following_->has_room_for(*said)) {
    following_->waiting_bytes += said->plain.payload().bytes.size();
    following_->waiting.push_back(std::move(said));
  } else {
    refuse({{"reason", "history unavailable"}});
  }
}

bool HistoryChannel::Following::has_room_for(const HistoryMessage& message) const noexcept {
  return waiting.size() < kMostWaiting &&
         waiting_bytes + message.plain.payload().bytes.size() <= kMostWaitingBytes;
}

/// A client that comes back joins all its topics at once, and they share its queue.
HistoryBudget HistoryChannel::room() const {
  HistoryBudget budget{.overhead = port().push_overhead(kPositionEvent)};
  budget.bytes -= std::min(budget.bytes, port().queued_bytes());
  return budget;
}

/// What the client's serializer can't express is left out.
void HistoryChannel::deliver(const HistoryMessage& message) const {
  port().deliver(message.positioned);
  if (message.marker) port().deliver(*message.marker);
}

void HistoryChannel::pass_on(const HistoryMessage& message) {
  auto& seen = following_->seen;
  const bool is_known =
      message.point.epoch == seen.epoch && message.point.position <= seen.position;
  if (is_known) return;
  seen = message.point;
  deliver(message);
}

void HistoryChannel::broadcast_kept(std::string event, Payload payload, const Reply& reply) {
  if (!history_) return broadcast(std::move(event), std::move(payload));
  if (!payload.is_object_or_binary()) {
    throw std::invalid_argument("the payload of a broadcast must be a JSON object or binary");
  }
  const auto span = begin_span(history_->tracer, event);
  const auto answer = [reply, span](const actors::Result<void>& kept) {
    if (kept) return;
    if (span) span->note("error.type", std::string(to_string(kept.error().code)));
    const bool overloaded = kept.error() == actors::Errc::overloaded;
    reply.error({{"reason", overloaded ? "overloaded" : "unavailable"}});
  };
  const auto historian = history_->historian->get();
  if (!historian) return answer(std::unexpected(historian.error()));
  Historian::Keep message{{.topic = topic(),
                           .event = std::move(event),
                           .is_binary = payload.kind == Payload::Kind::binary,
                           .payload = std::move(payload.bytes)},
                          span ? span->trail() : nullptr};
  historian->async_call(std::move(message), kKeepTimeout, whenever(answer));
}

}  // namespace coppice::app::rooms
