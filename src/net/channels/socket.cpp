#include "net/channels/socket.hpp"

#include <stdexcept>
#include <utility>

namespace coppice::net::channels {
namespace {

using actors::Errc;
using actors::Result;
using websocket::Frame;

constexpr std::size_t kMaxHeldFrames = 1000;

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
bool is_for(const Message& message, const Field& join_ref) {
  return message.join_ref.is_null() || message.join_ref == join_ref;
}

}  // namespace

std::shared_ptr<Socket> Socket::make(std::shared_ptr<ChannelFactory> factory,
                                     std::shared_ptr<FrameSink> sink, Options options) {
  return std::shared_ptr<Socket>(
      new Socket(std::move(factory), std::move(sink), std::move(options)));
}

Socket::Socket(std::shared_ptr<ChannelFactory> factory, std::shared_ptr<FrameSink> sink,
               Options options)
    : factory_(std::move(factory)), sink_(std::move(sink)), options_(std::move(options)) {}

Result<void> Socket::receive_text(std::string_view text) {
  return receive(decode_text(options_.version, text));
}

Result<void> Socket::receive_binary(std::string_view bytes) {
  return receive(decode_binary(options_.version, bytes));
}

Result<void> Socket::receive(Result<Message> message) {
  if (!message) return std::unexpected(std::move(message.error()));
  route(*std::move(message));
  if (waiting_bytes_ > options_.max_waiting_bytes) {
    return actors::fail(Errc::overloaded, "too many messages wait for a join");
  }
  return {};
}

void Socket::disconnect() noexcept {
  disconnected_ = true;
  for (const auto& [topic, entry] : std::exchange(entries_, {})) {
    entry.channel->on_end(EndReason::disconnected);
  }
}

// Routing: what to do with a message.

void Socket::route(Message message) {
  if (disconnected_) return;
  if (message.topic.is("phoenix") && message.event.is("heartbeat")) {
    return sink_->send(reply_frame({}, message.ref, message.topic, "ok", {}));
  }
  const auto found =
      message.topic.is_string() ? entries_.find(message.topic.text()) : entries_.end();
  if (found != entries_.end()) {
    return route_to_channel(found->first, found->second, std::move(message));
  }
  if (message.topic.is_string() && message.event.is(kJoinEvent)) return join(std::move(message));
  if (message.event.is(kLeaveEvent)) {
    return sink_->send(reply_frame(message.join_ref, message.ref, message.topic, "ok", {}));
  }
  answer_unmatched(message);
}

void Socket::route_to_channel(const std::string& topic, Entry& entry, Message message) {
  if (!entry.joined) return wait(entry, std::move(message));
  if (message.event.is(kJoinEvent)) return join(std::move(message));
  if (!is_for(message, entry.join_ref)) return;  // meant for an earlier join: nobody hears of it
  if (message.event.is(kLeaveEvent)) return leave(topic, entry, message);
  pass_event(topic, entry, std::move(message));
}

void Socket::wait(Entry& entry, Message message) {
  waiting_bytes_ += size_of(message);
  entry.waiting.push_back(std::move(message));
}

void Socket::handle(std::vector<Message> waiting) {
  for (auto& message : waiting) waiting_bytes_ -= size_of(message);
  for (auto& message : waiting) route(std::move(message));
}

void Socket::answer_unmatched(const Message& message) {
  sink_->send(reply_frame({}, message.ref, message.topic, "error", reason("unmatched topic")));
}

// Joining, leaving, and what comes between.

void Socket::join(Message message) {
  const auto& topic = message.topic.text();
  std::optional<Frame> predecessors_close;
  if (const auto old = entries_.find(topic); old != entries_.end()) {
    // The old channel ends before the new one begins, but the client hears of it after the answer.
    predecessors_close = ending_frame(topic, old->second, kCloseEvent);
    take(topic).channel->on_end(EndReason::replaced);
  }
  open(std::move(message), std::move(predecessors_close));
}

void Socket::open(Message message, std::optional<Frame> predecessors_close) {
  const auto topic = message.topic.text();
  const auto serial = ++last_serial_;
  Entry entry;
  entry.serial = serial;
  entry.join_ref = message.join_ref;
  entry.shown_join_ref = message.join_ref.is_null() ? message.ref : message.join_ref;
  entry.ref = message.ref;
  entry.predecessors_close = std::move(predecessors_close);
  const auto refuse_with = [&](std::string_view why) {
    const auto answer = reply_frame(entry.join_ref, entry.ref, message.topic, "error", reason(why));
    end_join(std::move(entry), answer, EndReason::refused);
  };
  if (entries_.size() >= options_.max_channels) return refuse_with("too many channels joined");
  try {
    entry.channel = factory_->open(topic, Port(weak_from_this(), topic, serial));
  } catch (...) {
    if (options_.on_crash) options_.on_crash(topic, std::current_exception());
    return refuse_with("join crashed");
  }
  if (!entry.channel) {
    answer_unmatched(message);
    if (entry.predecessors_close) sink_->send(*entry.predecessors_close);
    return;
  }
  const auto channel = entry.channel;  // it may refuse at once
  entries_.emplace(topic, std::move(entry));
  try {
    channel->on_join(std::move(message.payload));
  } catch (...) {
    fail(topic, serial, std::current_exception());
  }
}

void Socket::leave(const std::string& topic, const Entry& entry, const Message& message) {
  sink_->send(reply_frame(entry.shown_join_ref, message.ref, message.topic, "ok", {}));
  end(topic, EndReason::left, kCloseEvent);
}

void Socket::pass_event(const std::string& topic, const Entry& entry, Message message) {
  const auto channel = entry.channel;  // it may end itself meanwhile
  const Port port(weak_from_this(), topic, entry.serial);
  try {
    if (!message.event.is_string()) throw std::invalid_argument("the event is not a string");
    channel->on_event(message.event.text(), std::move(message.payload),
                      Reply(port, std::move(message.ref)));
  } catch (...) {
    fail(port.topic_, port.serial_, std::current_exception());
  }
}

// The end of a channel.

Socket::Entry* Socket::find(const std::string& topic, std::uint64_t serial) noexcept {
  const auto found = entries_.find(topic);
  if (found == entries_.end() || found->second.serial != serial) return nullptr;
  return &found->second;
}

Socket::Entry Socket::take(const std::string& topic) {
  return std::move(entries_.extract(topic).mapped());
}

/// Ends a joined channel.
void Socket::end(const std::string& topic, EndReason reason, std::string_view event) {
  const auto frame = ending_frame(topic, entries_.at(topic), event);
  const auto entry = take(topic);
  sink_->send(frame);
  entry.channel->on_end(reason);
}

/// Ends a channel that threw, or says that it crashed.
void Socket::fail(const std::string& topic, std::uint64_t serial, std::exception_ptr failure) {
  if (failure && options_.on_crash) options_.on_crash(topic, std::move(failure));
  const auto* entry = find(topic, serial);
  if (entry == nullptr) return;
  if (entry->joined) return end(topic, EndReason::crashed, kErrorEvent);
  auto taken = take(topic);
  const auto answer =
      reply_frame(taken.join_ref, taken.ref, Field::string(topic), "error", reason("join crashed"));
  end_join(std::move(taken), answer, EndReason::crashed);
}

/// Answers a join that came to nothing, and then what has waited for it.
void Socket::end_join(Entry entry, const Frame& answer, EndReason reason) {
  if (entry.channel) entry.channel->on_end(reason);
  sink_->send(answer);
  if (entry.predecessors_close) sink_->send(*entry.predecessors_close);
  handle(std::move(entry.waiting));
}

Frame Socket::ending_frame(const std::string& topic, const Entry& entry,
                           std::string_view event) const {
  const auto payload = event == kErrorEvent ? reason("channel_crash") : Payload();
  return encoded(
      encode_push(options_.version, entry.join_ref, entry.join_ref, topic, event, payload));
}

Frame Socket::reply_frame(const Field& join_ref, const Field& ref, const Field& topic,
                          std::string_view status, const Payload& response) const {
  return encoded(encode_reply(options_.version, join_ref, ref, topic, status, response));
}

// What ports do.

bool Socket::accept(const std::string& topic, std::uint64_t serial, const Payload& response) {
  auto* entry = find(topic, serial);
  if (entry == nullptr || entry->joined) return false;
  sink_->send(reply_frame(entry->join_ref, entry->ref, Field::string(topic), "ok", response));
  entry->joined = true;
  if (const auto close = std::exchange(entry->predecessors_close, {})) sink_->send(*close);
  for (const auto& frame : std::exchange(entry->held, {})) sink_->send(frame);
  handle(std::exchange(entry->waiting, {}));
  return true;
}

bool Socket::refuse(const std::string& topic, std::uint64_t serial, const Payload& response) {
  const auto* entry = find(topic, serial);
  if (entry == nullptr || entry->joined) return false;
  const auto answer =
      reply_frame(entry->join_ref, entry->ref, Field::string(topic), "error", response);
  end_join(take(topic), answer, EndReason::refused);
  return true;
}

bool Socket::push(const std::string& topic, std::uint64_t serial, std::string_view event,
                  const Payload& payload) {
  auto* entry = find(topic, serial);
  if (entry == nullptr) return false;
  if (!payload.is_object_or_binary()) {
    throw std::invalid_argument("the payload of a push must be a JSON object or binary");
  }
  send(topic, *entry,
       encoded(encode_push(options_.version, entry->shown_join_ref, {}, topic, event, payload)));
  return true;
}

bool Socket::deliver(const std::string& topic, std::uint64_t serial, const Broadcast& broadcast) {
  auto* entry = find(topic, serial);
  if (entry == nullptr) return false;
  if (const auto& frame = broadcast.frame(options_.version)) send(topic, *entry, *frame);
  return true;
}

bool Socket::reply(const std::string& topic, std::uint64_t serial, const Field& ref,
                   std::string_view status, const Payload& response) {
  auto* entry = find(topic, serial);
  if (entry == nullptr) return false;
  send(topic, *entry,
       reply_frame(entry->shown_join_ref, ref, Field::string(topic), status, response));
  return true;
}

bool Socket::close(const std::string& topic, std::uint64_t serial) {
  const auto* entry = find(topic, serial);
  if (entry == nullptr) return false;
  if (!entry->joined) return refuse(topic, serial, reason("closed"));
  end(topic, EndReason::closed, kCloseEvent);
  return true;
}

bool Socket::crash(const std::string& topic, std::uint64_t serial) {
  if (find(topic, serial) == nullptr) return false;
  fail(topic, serial, nullptr);
  return true;
}

/// Sends a channel's frame, but never before the answer to its join.
void Socket::send(const std::string& topic, Entry& entry, const Frame& frame) {
  if (entry.joined) return sink_->send(frame);
  if (entry.held.size() < kMaxHeldFrames) return entry.held.push_back(frame);
  const auto why = std::length_error("too many frames wait for the join to be answered");
  fail(topic, entry.serial, std::make_exception_ptr(why));
}

}  // namespace coppice::net::channels
