#include "actors/pubsub/table.hpp"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

#include <boost/container/small_vector.hpp>

#include "actors/exit_reason.hpp"
#include "actors/runtime.hpp"
#include "actors/spawn.hpp"
#include "actors/type_tag.hpp"

namespace coppice::actors::pubsub {
namespace {

/// Most broadcasts come alone or a few together, and need no memory for that.
constexpr std::size_t kFew = 8;
using Few = boost::container::small_vector<BroadcastPtr, kFew>;

/// Whether one may be handed out together with another that is before it.
bool belongs_with(const Publication& later, const Publication& earlier) noexcept {
  const auto is_broadcast = [](const Publication& p) { return p.only == SubscriptionId{}; };
  return is_broadcast(earlier) && is_broadcast(later) && later.topic == earlier.topic;
}

}  // namespace

SubscriptionId Table::next_id() const noexcept {
  return SubscriptionId{(std::uint64_t{shard_} << kCounterBits) | (last_ + 1)};
}

std::uint32_t Table::shard_of(SubscriptionId id) noexcept {
  return static_cast<std::uint32_t>(std::to_underlying(id) >> kCounterBits);
}

SubscriptionId Table::add(const std::string& topic, Pid subscriber, Deliver deliver) {
  auto first = [deliver = std::move(deliver)](Broadcasts one) mutable { deliver(one.front()); };
  return insert(topic, {.subscriber = subscriber, .deliver = std::move(first), .one_by_one = true});
}

SubscriptionId Table::add_together(const std::string& topic, Pid subscriber, DeliverAll deliver) {
  return insert(topic, {.subscriber = subscriber, .deliver = std::move(deliver)});
}

SubscriptionId Table::insert(const std::string& topic, Entry entry) {
  const SubscriptionId id = next_id();
  const auto [found, is_new] = topics_.try_emplace(topic);
  Topic& entry_topic = found->second;
  if (is_new) {
    entry_topic.name = topic;
    directory_.add(topic, shard_);
  }
  entry.id = id;
  entry.topic = &entry_topic;
  entry_topic.entries.push_back(std::move(entry));
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
  const auto skip = publication->to_publisher ? SubscriptionId{} : publication->publisher;
  enqueue(std::move(publication), skip);
  return release();
}

std::size_t Table::hold(PublicationPtr publication) {
  const SubscriptionId id = publication->publisher;
  if (id == SubscriptionId{} || !publication->to_publisher) {
    enqueue(std::move(publication), id);
    return 0;
  }
  // What is held for the publisher as well has to come first.
  std::size_t deliveries = !queue_.empty() && queue_.back().skip != id ? release() : 0;
  const auto publisher = by_id_.find(id);
  const bool now = !dispatching_ && publisher != by_id_.end() &&
                   publisher->second->topic->name == publication->topic;
  const BroadcastPtr broadcast = publication->broadcast;
  enqueue(std::move(publication), now ? id : SubscriptionId{});
  if (now) deliveries += dispatching([&] { return call(*publisher->second, {&broadcast, 1}); });
  return deliveries;
}

void Table::enqueue(PublicationPtr publication, SubscriptionId skip) {
  const auto last = SubscriptionId{(std::uint64_t{shard_} << kCounterBits) | last_};
  queue_.push_back({.publication = std::move(publication), .last = last, .skip = skip});
}

std::size_t Table::release() {
  if (dispatching_) return 0;
  return dispatching([this] {
    std::size_t deliveries = 0;
    while (!queue_.empty()) deliveries += deliver_next();
    return deliveries;
  });
}

/// Runs what calls receivers, who may cancel meanwhile.
template <class F>
std::size_t Table::dispatching(F deliver) {
  dispatching_ = true;
  const std::size_t deliveries = deliver();
  dispatching_ = false;
  for (const auto entry : std::exchange(removed_, {})) erase(entry);
  return deliveries;
}

std::map<std::string, std::size_t> Table::topics(std::string_view prefix) const {
  std::map<std::string, std::size_t> sizes;
  for (const auto& [name, topic] : topics_) {
    if (std::string_view(name).starts_with(prefix)) sizes.emplace(name, topic.entries.size());
  }
  return sizes;
}

std::size_t Table::deliver_next() {
  boost::container::small_vector<Waiting, kFew> batch;
  do {
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  } while (!queue_.empty() &&
           belongs_with(*queue_.front().publication, *batch.front().publication));
  const Publication& first = *batch.front().publication;
  if (first.only != SubscriptionId{}) return deliver_to_one(first);
  const auto topic = topics_.find(first.topic);
  return topic == topics_.end() ? 0 : deliver_to_topic(topic->second, batch);
}

std::size_t Table::deliver_to_one(const Publication& publication) {
  const auto entry = by_id_.find(publication.only);
  return entry == by_id_.end() ? 0 : call(*entry->second, {&publication.broadcast, 1});
}

std::size_t Table::deliver_to_topic(Topic& topic, std::span<const Waiting> batch) {
  Few all;
  all.reserve(batch.size());
  for (const auto& waiting : batch) all.push_back(waiting.publication->broadcast);
  const auto gets_all = [&](SubscriptionId id) {
    return id <= batch.front().last &&
           std::ranges::none_of(batch, [id](const Waiting& waiting) { return waiting.skip == id; });
  };
  Few some;
  const auto meant_for = [&](SubscriptionId id) -> Broadcasts {
    if (gets_all(id)) return all;
    some.clear();
    for (const auto& waiting : batch) {
      if (id <= waiting.last && id != waiting.skip) some.push_back(waiting.publication->broadcast);
    }
    return some;
  };
  std::size_t deliveries = 0;
  const auto end =
      std::prev(topic.entries.end());  // those who subscribe from here on come too late
  for (auto entry = topic.entries.begin();; ++entry) {
    if (!entry->removed) deliveries += call(*entry, meant_for(entry->id));
    if (entry == end) return deliveries;
  }
}

// This is the subscriber's code: if it throws, the subscriber has crashed, not the publisher.
std::size_t Table::call(Entry& entry, Broadcasts broadcasts) noexcept {
  const std::size_t at_once = entry.one_by_one ? 1 : broadcasts.size();
  std::size_t deliveries = 0;
  while (!broadcasts.empty() && !entry.removed) {
    try {
      entry.deliver(broadcasts.first(at_once));
    } catch (...) {
      send_exit(runtime_, Pid(), entry.subscriber,
                reason_of(std::current_exception(), type_tag<Delivery>().name));
    }
    broadcasts = broadcasts.subspan(at_once);
    deliveries += at_once;
  }
  return deliveries;
}

void Table::erase(Entries::iterator entry) noexcept {
  // Destroyed last: what it holds may cancel further subscriptions.
  const DeliverAll deliver = std::move(entry->deliver);
  Topic& topic = *entry->topic;
  topic.entries.erase(entry);
  if (!topic.entries.empty()) return;
  directory_.remove(topic.name, shard_);
  topics_.erase(topics_.find(topic.name));
}

}  // namespace coppice::actors::pubsub
