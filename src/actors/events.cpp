#include "actors/events.hpp"

#include <algorithm>
#include <array>

namespace coppice::actors {

std::string_view to_string(EventKind kind) noexcept {
  static constexpr std::array<std::string_view, kEventKinds> kNames = {"actor.start",
                                                                       "actor.exit",
                                                                       "actor.crash",
                                                                       "actor.message",
                                                                       "actor.unhandled_info",
                                                                       "sup.progress",
                                                                       "sup.child_terminated",
                                                                       "sup.restart",
                                                                       "sup.start_error",
                                                                       "sup.intensity",
                                                                       "sup.gave_up",
                                                                       "sup.shutdown",
                                                                       "sup.shutdown_error",
                                                                       "sup.auto_shutdown",
                                                                       "sup.unrestarted_supervisor",
                                                                       "sup.unexpected_message",
                                                                       "mailbox.overflow",
                                                                       "mailbox.age",
                                                                       "call.timeout",
                                                                       "call.expired",
                                                                       "call.late_reply",
                                                                       "handler.slow",
                                                                       "core.stalled",
                                                                       "zombie.add",
                                                                       "zombie.reap",
                                                                       "registry.conflict",
                                                                       "backoff.wait",
                                                                       "limit.memory",
                                                                       "blocking.overdue",
                                                                       "io.crash"};
  return kNames[static_cast<std::size_t>(kind)];
}

EventBus::Subscription& EventBus::Subscription::operator=(Subscription&& other) noexcept {
  if (this != &other) {
    reset();
    bus_ = std::exchange(other.bus_, nullptr);
    id_ = other.id_;
  }
  return *this;
}

void EventBus::Subscription::reset() noexcept {
  if (bus_ != nullptr) std::exchange(bus_, nullptr)->detach(id_);
}

EventBus::Subscription EventBus::attach(EventHandler handler,
                                        std::initializer_list<EventKind> kinds) {
  std::uint64_t mask = kinds.size() == 0 ? ~std::uint64_t{0} : 0;
  for (const EventKind kind : kinds) mask |= bit(kind);
  const std::lock_guard lock(mutex_);
  Entries entries = *entries_;
  entries.push_back(std::make_shared<const Entry>(++last_id_, mask, std::move(handler)));
  publish(std::move(entries));
  return {*this, last_id_};
}

void EventBus::detach(std::uint64_t id) noexcept {
  const std::lock_guard lock(mutex_);
  Entries entries = *entries_;
  std::erase_if(entries, [id](const auto& entry) { return entry->id == id; });
  publish(std::move(entries));
}

void EventBus::publish(Entries entries) {
  std::uint64_t wanted = 0;
  for (const auto& entry : entries) wanted |= entry->kinds;
  entries_ = std::make_shared<const Entries>(std::move(entries));
  wanted_.store(wanted, std::memory_order_relaxed);
}

void EventBus::emit(const Event& event) noexcept {
  if (!wanted(event.kind)) return;
  std::shared_ptr<const Entries> entries;
  {
    const std::lock_guard lock(mutex_);
    entries = entries_;
  }
  for (const auto& entry : *entries) {
    if ((entry->kinds & bit(event.kind)) == 0) continue;
    try {
      entry->handler(event);
    } catch (...) {  // an observer's failure is its own: it must not become the actor's
      detach(entry->id);
    }
  }
}

}  // namespace coppice::actors
