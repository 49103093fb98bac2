#include "net/channels/socket.hpp"

#include <algorithm>
#include <stdexcept>
#include <tuple>
#include <typeinfo>
#include <utility>

#include "actors/slot_table.hpp"
#include "actors/telemetry.hpp"
#include "actors/throw_trace.hpp"
#include "actors/work_note.hpp"

namespace coppice::net::channels {
namespace {

using actors::bump;
using actors::Errc;
using actors::Result;
using websocket::Frame;
using websocket::Shed;

constexpr std::size_t kMaxHeldFrames = 1000;  // until a join is answered
constexpr std::size_t kLongestTopic = 1024;   // bytes; each is kept for as long as it is joined
constexpr std::uint64_t kOnce = 1;
static_assert(std::to_underlying(websocket::CloseCause::failed) + 1 == kCloseCauses);

std::size_t size_of(const Message& message) {
  return sizeof(Message) + message.join_ref.text().size() + message.ref.text().size() +
         message.topic.text().size() + message.event.text().size() + message.payload.bytes.size();
}

Payload reason(std::string_view text) {
  return Payload::json(R"({"reason":")" + std::string(text) + R"("})");
}

/// What cannot be encoded is a bug of the channel that made it.
Frame encoded(Result<Frame> frame) {
  if (frame) return *std::move(frame);
  if (frame.error() == Errc::too_large) throw std::length_error(frame.error().context);
  throw std::invalid_argument(frame.error().context);
}

/// Whether a message belongs to the channel as it is joined now. Clients that send no join_ref
/// mean whatever is joined.
bool is_for(const Message& message, const Membership& member) {
  if (message.join_ref.is_null()) return true;
  return !member.joined_without_ref && message.join_ref == member.shown_join_ref;
}

/// What may become of a channel's message if its client reads too slowly.
Shed shed_of(const Membership& member, std::string_view key) {
  switch (member.slow_clients) {
    case SlowClients::drop_oldest: return Shed::oldest();
    case SlowClients::keep_latest: return Shed::all_but_latest(key, member.topic);
    case SlowClients::close: break;
  }
  return Shed::never();
}

}  // namespace

std::shared_ptr<Socket> Socket::make(std::shared_ptr<ChannelFactory> factory,
                                     std::shared_ptr<FrameSink> sink, Options options) {
  return std::make_shared<Socket>(Key{}, std::move(factory), std::move(sink), std::move(options));
}

Socket::Socket(Key /*key*/, std::shared_ptr<ChannelFactory> factory,
               std::shared_ptr<FrameSink> sink, Options options)
    : factory_(std::move(factory)), sink_(std::move(sink)), options_(std::move(options)) {
  if (!options_.shard) return;
  options_.shard->add(*this);
  bump(options_.shard->traffic.opened.at(std::to_underlying(options_.origin.transport)), kOnce);
}

Socket::~Socket() {
  for (const auto& [topic, member] : members_) std::ignore = detach(*member);
  if (!options_.shard) return;
  options_.shard->remove(*this);
  bump(options_.shard->traffic.ended.at(std::to_underlying(options_.origin.transport)), kOnce);
}

Result<void> Socket::receive_text(std::string_view text) {
  return receive(decode_text(options_.version, text));
}

Result<void> Socket::receive_binary(std::string_view bytes) {
  return receive(decode_binary(options_.version, bytes));
}

Result<void> Socket::receive(Result<Message> message) {
  if (!message) return std::unexpected(std::move(message.error()));
  if constexpr (actors::kTelemetry) ++received_;
  count(&Traffic::received);
  route(*std::move(message));
  if (waiting_bytes_ > options_.max_waiting_bytes) {
    return actors::fail(Errc::overloaded, "too many messages wait for a join");
  }
  return {};
}

void Socket::disconnect() noexcept {
  disconnected_ = true;
  std::vector<std::shared_ptr<Channel>> ended;
  ended.reserve(members_.size());
  for (const auto& [topic, member] : std::exchange(members_, {})) ended.push_back(detach(*member));
  // Only now, when none can send any more: an end may cause broadcasts.
  for (const auto& channel : ended) {
    if (channel) channel->on_end(EndReason::disconnected);
  }
}

void Socket::disconnect(websocket::CloseCause cause) noexcept {
  if (options_.shard && !disconnected_) {
    auto& closed = options_.shard->traffic.closed.at(std::to_underlying(options_.origin.transport));
    bump(closed.at(std::to_underlying(cause)), kOnce);
  }
  disconnect();
}

SocketInfo Socket::info() const {
  SocketInfo info{.actor = options_.origin.actor,
                  .transport = options_.origin.transport,
                  .address = options_.origin.address.to_string(),
                  .since = options_.origin.since,
                  .user = factory_->who(),
                  .topics = {},
                  .queued_bytes = sink_->queued_bytes(),
                  .received = received_,
                  .sent = sent_};
  for (const auto& [topic, member] : members_) info.topics.emplace_back(topic);
  std::ranges::sort(info.topics);
  return info;
}

std::string Socket::describe() const {
  const auto user = factory_->who();
  return std::string(to_string(options_.origin.transport)) +
         (user.empty() ? "" : " of user " + user) + ", " + std::to_string(members_.size()) +
         (members_.size() == 1 ? " topic" : " topics") + " joined, " +
         std::to_string(sink_->queued_bytes()) + " B wait";
}

void Socket::find_channels(const ChannelQuery& query, ChannelsFound& found) const {
  const bool is_full = found.channels.size() >= query.limit;
  std::vector<const Membership*> shown;
  for (const auto& [topic, member] : members_) {
    if (!topic.starts_with(query.prefix)) continue;
    ++found.matching;
    const bool is_past = std::tie(options_.origin.actor, member->topic) >
                         std::tie(query.after.actor, query.after.topic);
    if (is_past && !is_full) shown.push_back(member.get());
  }
  std::ranges::sort(shown, {},
                    [](const Membership* each) { return std::string_view(each->topic); });
  for (const auto* member : shown) {
    if (found.channels.size() >= query.limit) return;
    found.channels.push_back(info_of(*member));
  }
}

ChannelInfo Socket::info_of(const Membership& member) const {
  ChannelInfo info{.key = {.actor = options_.origin.actor, .topic = member.topic},
                   .transport = options_.origin.transport,
                   .user = factory_->who(),
                   .type = {},
                   .joined = member.is_joined()};
  if (!member.channel) return info;
  const auto& channel = *member.channel;
  info.type = actors::demangle(typeid(channel).name());
  return info;
}

// Routing: what to do with a message.

void Socket::route(Message message) {
  if (disconnected_) return;
  if (message.topic.is("phoenix") && message.event.is("heartbeat")) {
    return transmit(reply_frame({}, message.ref, message.topic, "ok", {}));
  }
  const auto found =
      message.topic.is_string() ? members_.find(message.topic.text()) : members_.end();
  if (found != members_.end()) {
    const auto member = found->second;  // it may end meanwhile
    return route_to_channel(member, std::move(message));
  }
  if (message.topic.is_string() && message.event.is(kJoinEvent)) return join(std::move(message));
  if (message.event.is(kLeaveEvent)) {
    return transmit(reply_frame(message.join_ref, message.ref, message.topic, "ok", {}));
  }
  answer_unmatched(message);
}

void Socket::route_to_channel(const MembershipPtr& member, Message message) {
  if (!member->is_joined()) return wait(*member, std::move(message));
  if (message.event.is(kJoinEvent)) return join(std::move(message));
  if (!is_for(message, *member)) return;  // meant for an earlier join: nobody hears of it
  if (message.event.is(kLeaveEvent)) return leave(member, message);
  pass_event(member, std::move(message));
}

void Socket::wait(Membership& member, Message message) {
  waiting_bytes_ += size_of(message);
  member.joining->waiting.push_back(std::move(message));
}

void Socket::handle(std::vector<Message> waiting) {
  for (auto& message : waiting) waiting_bytes_ -= size_of(message);
  for (auto& message : waiting) route(std::move(message));
}

void Socket::answer_unmatched(const Message& message) {
  transmit(reply_frame({}, message.ref, message.topic, "error", reason("unmatched topic")));
}

// Joining, leaving, and what comes between.

void Socket::join(Message message) {
  if (message.topic.text().size() > kLongestTopic) {
    return transmit(reply_frame(message.join_ref, message.ref, message.topic, "error",
                                reason("topic too long")));
  }
  std::optional<Frame> predecessors_close;
  if (const auto old = members_.find(message.topic.text()); old != members_.end()) {
    // The old channel ends before the new one begins, but the client hears of it after the answer.
    const auto member = old->second;
    predecessors_close = ending_frame(*member, kCloseEvent);
    members_.erase(old);
    detach(*member)->on_end(EndReason::replaced);
  }
  open(std::move(message), std::move(predecessors_close));
}

void Socket::open(Message message, std::optional<Frame> predecessors_close) {
  const bool without_ref = message.join_ref.is_null();
  const auto member = std::make_shared<Membership>(
      Membership{.socket = this,
                 .topic = message.topic.text(),
                 .shown_join_ref = without_ref ? message.ref : message.join_ref,
                 .joined_without_ref = without_ref,
                 .joining = std::make_unique<Membership::Joining>()});
  member->joining->ref = message.ref;
  member->joining->predecessors_close = std::move(predecessors_close);
  if (members_.size() >= options_.max_channels) {
    return end_join(member, reason("too many channels joined"), EndReason::refused);
  }
  try {
    member->channel = factory_->open(member->topic, Port(member));
  } catch (...) {
    return fail(member, std::current_exception());
  }
  if (!member->channel) {
    answer_unmatched(message);
    if (const auto& close = member->joining->predecessors_close) transmit(*close);
    std::ignore = detach(*member);
    return;
  }
  const auto channel = member->channel;  // it may refuse at once
  members_.emplace(member->topic, member);
  count(&Traffic::joined);
  const actors::WorkNote note(options_.origin.actor, kJoinEvent, member->topic);
  try {
    channel->on_join(std::move(message.payload));
  } catch (...) {
    fail(member, std::current_exception());
  }
}

void Socket::leave(const MembershipPtr& member, const Message& message) {
  transmit(reply_frame(member->shown_join_ref, message.ref, message.topic, "ok", {}));
  end(member, EndReason::left, kCloseEvent);
}

void Socket::pass_event(const MembershipPtr& member, Message message) {
  const auto channel = member->channel;  // it may end itself meanwhile
  const actors::WorkNote note(options_.origin.actor, message.event.text(), member->topic);
  try {
    if (!message.event.is_string()) throw std::invalid_argument("the event is not a string");
    channel->on_event(message.event.text(), std::move(message.payload),
                      Reply(Port(member), std::move(message.ref)));
  } catch (...) {
    fail(member, std::current_exception());
  }
}

// The end of a channel.

/// Lets go of a channel: from here on its ports do nothing.
std::shared_ptr<Channel> Socket::detach(Membership& member) noexcept {
  member.socket = nullptr;
  if (member.channel) count(&Traffic::left);
  return std::move(member.channel);
}

/// Ends a joined channel.
void Socket::end(const MembershipPtr& member, EndReason reason, std::string_view event) {
  const auto frame = ending_frame(*member, event);
  members_.erase(member->topic);
  const auto channel = detach(*member);
  transmit(frame);
  channel->on_end(reason);
}

/// Ends a channel that threw, or says that it crashed.
void Socket::fail(const MembershipPtr& member, std::exception_ptr failure) {
  const auto* on_crash = options_.on_crash.get();
  if (failure && on_crash && *on_crash) (*on_crash)(member->topic, std::move(failure));
  if (member->socket == nullptr) return;  // it had ended when it threw
  if (member->is_joined()) return end(member, EndReason::crashed, kErrorEvent);
  end_join(member, reason("join crashed"), EndReason::crashed);
}

/// Answers a join that came to nothing, and then what has waited for it.
void Socket::end_join(const MembershipPtr& member, const Payload& error, EndReason reason) {
  const auto joining = std::move(member->joining);
  const auto answer =
      reply_frame(member->join_ref(), joining->ref, Field::string(member->topic), "error", error);
  const auto found = members_.find(member->topic);
  if (found != members_.end() && found->second == member) members_.erase(found);
  if (const auto channel = detach(*member)) channel->on_end(reason);
  transmit(answer);
  if (joining->predecessors_close) transmit(*joining->predecessors_close);
  handle(std::move(joining->waiting));
}

Frame Socket::ending_frame(const Membership& member, std::string_view event) const {
  const auto payload = event == kErrorEvent ? reason("channel_crash") : Payload();
  const auto join_ref = member.join_ref();
  return encoded(encode_push(options_.version, join_ref, join_ref, member.topic, event, payload));
}

Frame Socket::reply_frame(const Field& join_ref, const Field& ref, const Field& topic,
                          std::string_view status, const Payload& response) const {
  return encoded(encode_reply(options_.version, join_ref, ref, topic, status, response));
}

// What ports do.

bool Socket::accept(const MembershipPtr& member, const Payload& response) {
  if (member->is_joined()) return false;
  transmit(reply_frame(member->join_ref(), member->joining->ref, Field::string(member->topic), "ok",
                       response));
  const auto joining = std::move(member->joining);
  if (joining->predecessors_close) transmit(*joining->predecessors_close);
  for (const auto& [frame, shed] : joining->held) transmit(frame, shed);
  handle(std::move(joining->waiting));
  return true;
}

bool Socket::refuse(const MembershipPtr& member, const Payload& response) {
  if (member->is_joined()) return false;
  end_join(member, response, EndReason::refused);
  return true;
}

bool Socket::push(const MembershipPtr& member, std::string_view event, const Payload& payload) {
  if (!payload.is_object_or_binary()) {
    throw std::invalid_argument("the payload of a push must be a JSON object or binary");
  }
  const auto shed = shed_of(*member, event);
  send(member,
       encoded(encode_push(options_.version, member->shown_join_ref, {}, member->topic, event,
                           payload)),
       shed);
  return true;
}

std::size_t Socket::push_overhead(const Membership& member, std::string_view event) const {
  const Payload empty;
  const auto frame =
      encoded(encode_push(options_.version, member.shown_join_ref, {}, member.topic, event, empty));
  return frame.payload().size() - empty.bytes.size();
}

bool Socket::deliver(const MembershipPtr& member, const Broadcast& broadcast) {
  const auto& frame = broadcast.frame(options_.version);
  if (frame) send(member, *frame, shed_of(*member, broadcast.key()));
  return true;
}

bool Socket::reply(const MembershipPtr& member, const Field& ref, std::string_view status,
                   const Payload& response) {
  send(member,
       reply_frame(member->shown_join_ref, ref, Field::string(member->topic), status, response));
  return true;
}

bool Socket::close(const MembershipPtr& member) {
  if (!member->is_joined()) return refuse(member, reason("closed"));
  end(member, EndReason::closed, kCloseEvent);
  return true;
}

/// Sends a channel's frame, but never before the answer to its join.
void Socket::send(const MembershipPtr& member, const Frame& frame, Shed shed) {
  if (member->is_joined()) return transmit(frame, shed);
  auto& held = member->joining->held;
  if (held.size() < kMaxHeldFrames) return held.push_back({frame, shed});
  const auto why = std::length_error("too many frames wait for the join to be answered");
  fail(member, std::make_exception_ptr(why));
}

void Socket::transmit(const Frame& frame, Shed shed) {
  if constexpr (actors::kTelemetry) ++sent_;
  count(&Traffic::sent);
  sink_->offer(frame, shed);
}

void Socket::count(std::atomic<std::uint64_t> Traffic::* what) noexcept {
  if constexpr (!actors::kTelemetry) return;
  if (options_.shard) bump(options_.shard->traffic.*what, kOnce);
}

}  // namespace coppice::net::channels
