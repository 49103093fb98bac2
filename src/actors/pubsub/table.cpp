#include "actors/pubsub/table.hpp"

#include <exception>
#include <iterator>
#include <utility>

#include "actors/exit_reason.hpp"
#include "actors/runtime.hpp"
#include "actors/spawn.hpp"
#include "actors/type_tag.hpp"

namespace coppice::actors::pubsub {

SubscriptionId Table::next_id() const noexcept {
  return SubscriptionId{(std::uint64_t{shard_} << kCounterBits) | (last_ + 1)};
}

std::uint32_t Table::shard_of(SubscriptionId id) noexcept {
  return static_cast<std::uint32_t>(std::to_underlying(id) >> kCounterBits);
}

SubscriptionId Table::add(const std::string& topic, Pid subscriber, Deliver deliver) {
  const SubscriptionId id = next_id();
  const auto [found, is_new] = topics_.try_emplace(topic);
  Topic& entry_topic = found->second;
  if (is_new) {
    entry_topic.name = topic;
    directory_.add(topic, shard_);
  }
  entry_topic.entries.push_back(
      {.id = id, .subscriber = subscriber, .deliver = std::move(deliver), .topic = &entry_topic});
  by_id_.emplace(id, std::prev(entry_topic.entries.end()));
  ++last_;
  return id;
}

void Table::remove(SubscriptionId id) noexcept {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  const auto entry = found->second;
  by_id_.erase(found);
  if (!dispatching_) {
    erase(entry);
    return;
  }
  entry->removed = true;
  removed_.push_back(entry);
}

std::size_t Table::dispatch(PublicationPtr publication) {
  queue_.push_back(std::move(publication));
  if (std::exchange(dispatching_, true)) return 0;
  std::size_t called = 0;
  while (!queue_.empty()) {
    called += deliver(*queue_.front());
    queue_.pop_front();
  }
  dispatching_ = false;
  for (const auto entry : std::exchange(removed_, {})) erase(entry);
  return called;
}

std::map<std::string, std::size_t> Table::topics(std::string_view prefix) const {
  std::map<std::string, std::size_t> sizes;
  for (const auto& [name, topic] : topics_) {
    if (std::string_view(name).starts_with(prefix)) sizes.emplace(name, topic.entries.size());
  }
  return sizes;
}

std::size_t Table::deliver(const Publication& publication) {
  if (publication.only == SubscriptionId{}) return deliver_to_topic(publication);
  const auto entry = by_id_.find(publication.only);
  if (entry == by_id_.end()) return 0;
  call(*entry->second, publication.broadcast);
  return 1;
}

std::size_t Table::deliver_to_topic(const Publication& publication) {
  const auto topic = topics_.find(publication.topic);
  if (topic == topics_.end()) return 0;
  Entries& entries = topic->second.entries;
  const auto last = std::prev(entries.end());  // those who subscribe from here on come too late
  std::size_t called = 0;
  for (auto entry = entries.begin();; ++entry) {
    if (!entry->removed && entry->id != publication.except) {
      call(*entry, publication.broadcast);
      ++called;
    }
    if (entry == last) return called;
  }
}

// This is the subscriber's code: if it throws, the subscriber has crashed, not the publisher.
void Table::call(Entry& entry, const BroadcastPtr& broadcast) noexcept {
  try {
    entry.deliver(broadcast);
  } catch (...) {
    send_exit(runtime_, Pid(), entry.subscriber,
              reason_of(std::current_exception(), type_tag<Delivery>().name));
  }
}

void Table::erase(Entries::iterator entry) noexcept {
  // Destroyed last: what it holds may cancel further subscriptions.
  const Deliver deliver = std::move(entry->deliver);
  Topic& topic = *entry->topic;
  topic.entries.erase(entry);
  if (!topic.entries.empty()) return;
  directory_.remove(topic.name, shard_);
  topics_.erase(topics_.find(topic.name));
}

}  // namespace coppice::actors::pubsub
