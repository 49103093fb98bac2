#include "app/cluster/link.hpp"

#include <optional>
#include <stdexcept>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace coppice::app::cluster {
namespace {

void take_in(LinkParts& parts, std::string_view subject, std::string_view bytes, actors::Time now) {
  std::optional<Received> received;
  {
    const std::lock_guard lock(parts.inbox_mutex);
    received = parts.inbox.open(subject, bytes, now);
  }
  if (!received) return;
  const auto handler = parts.handlers.find(received->kind);
  if (handler != parts.handlers.end()) handler->second(received->from, std::move(received->body));
}

void note_change(Traffic& traffic, bool connected, const std::string& why) {
  const bool was = traffic.is_connected.exchange(connected);
  if (connected && !was) {
    ++traffic.connections;
    SPDLOG_INFO("the way to other nodes is open");
  } else if (!connected && was) {
    SPDLOG_WARN("the way to other nodes is closed: {}", why);
  } else {
    SPDLOG_DEBUG("the way to other nodes: {}", why);
  }
}

WireEvents events_for(const std::shared_ptr<LinkParts>& parts, actors::Runtime& runtime) {
  auto received = [parts, &runtime](std::string_view subject, std::string_view bytes) {
    take_in(*parts, subject, bytes, runtime.now());
  };
  auto changed = [traffic = parts->traffic](bool connected, const std::string& why) {
    note_change(*traffic, connected, why);
  };
  return {.received = std::move(received), .changed = std::move(changed)};
}

}  // namespace

Link::Link(std::shared_ptr<LinkParts> parts, std::shared_ptr<Slot> slot)
    : parts_(std::move(parts)), slot_(std::move(slot)) {}

void Link::init() {
  auto& parts = *parts_;
  parts.traffic->is_connected = false;
  WireEvents events = events_for(parts_, runtime());
  auto wire =
      parts.open({parts.subjects.all(), parts.subjects.to(parts.self.node)}, std::move(events));
  if (!wire) throw std::runtime_error(wire.error().message());
  wire_ = std::move(*wire);
  if (!wire_->is_connected()) {
    SPDLOG_WARN("the way to other nodes is not open yet: NATS does not answer, and is tried again");
  }
  slot_->enter(runtime(), cell().place());
}

void Link::handle(const Send& message) {
  auto& parts = *parts_;
  const auto subject = message.to.empty() ? parts.subjects.all() : parts.subjects.to(message.to);
  if (message.body.size() > Inbox::kMostBytes) {
    SPDLOG_ERROR("a message of {} bytes is too long for other nodes", message.body.size());
    ++parts.traffic->unsent;
    return;
  }
  bool is_sent = true;
  parts.outbox.pack(*parts.version, subject, message.kind, message.body,
                    [&](const std::string& letter) {
                      if (auto sent = wire_->publish(subject, letter); !sent) is_sent = false;
                    });
  if (!is_sent) {
    ++parts.traffic->unsent;
    require_wire();
    return;
  }
  ++parts.traffic->sent;
  parts.traffic->sent_bytes += message.body.size();
}

void Link::require_wire() const {
  const auto why = wire_->given_up();
  if (!why) return;
  throw std::runtime_error("NATS does not take this node: " + *why +
                           "; are the user and password, or the token, of NATS_URL right?");
}

void Link::handle(Flush /*message*/) { wire_->flush(); }

std::string Link::describe() const {
  const auto& traffic = *parts_->traffic;
  const auto counts = parts_->inbox.counts();
  return fmt::format(
      "{}; {} messages sent, {} not sent; {} letters received, {} lost, {} repeated, {} strange, "
      "{} of unknown versions",
      traffic.is_connected ? "connected" : "not connected", traffic.sent.load(),
      traffic.unsent.load(), counts.received, counts.lost, counts.repeated, counts.strange,
      counts.unknown);
}

void Bus::tell(std::string node, Kind kind, std::string body) const {
  const auto link = slot_->get();
  const auto size = body.size();
  const bool has_room = *parts_->waiting + size <= Link::kMostWaitingBytes;
  Link::Send message{.to = std::move(node),
                     .kind = kind,
                     .body = std::move(body),
                     .waiting = {parts_->waiting, size}};
  if (!link || !has_room || !link->cast(std::move(message))) ++parts_->traffic->unsent;
}

actors::Task<void> Bus::flush(actors::Duration patience) const {
  const auto link = slot_->get();
  if (link) std::ignore = co_await link->call(Link::Flush{}, patience);
}

}  // namespace coppice::app::cluster
