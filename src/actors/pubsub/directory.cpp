#include "actors/pubsub/directory.hpp"

#include <algorithm>
#include <mutex>

namespace coppice::actors::pubsub {

void Directory::add(const std::string& topic, std::uint32_t shard) {
  Stripe& stripe = stripes_.at(stripe_of(topic));
  const std::lock_guard lock(stripe.mutex);
  stripe.topics[topic].push_back(static_cast<std::uint16_t>(shard));
}

void Directory::remove(std::string_view topic, std::uint32_t shard) noexcept {
  Stripe& stripe = stripes_.at(stripe_of(topic));
  const std::lock_guard lock(stripe.mutex);
  const auto entry = stripe.topics.find(topic);
  if (entry == stripe.topics.end()) return;
  auto& shards = entry->second;
  shards.erase(std::ranges::remove(shards, static_cast<std::uint16_t>(shard)).begin(),
               shards.end());
  if (shards.empty()) stripe.topics.erase(entry);
}

Directory::Shards Directory::shards_of(std::string_view topic) const {
  const Stripe& stripe = stripes_.at(stripe_of(topic));
  const std::shared_lock lock(stripe.mutex);
  const auto entry = stripe.topics.find(topic);
  return entry == stripe.topics.end() ? Shards{} : entry->second;
}

std::size_t Directory::topic_count() const {
  std::size_t count = 0;
  for (const Stripe& stripe : stripes_) {
    const std::shared_lock lock(stripe.mutex);
    count += stripe.topics.size();
  }
  return count;
}

}  // namespace coppice::actors::pubsub
