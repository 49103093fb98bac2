#include "app/admin/topic_list.hpp"

#include <cstddef>
#include <cstdint>
#include <map>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

#include "app/admin/ask_shards.hpp"

namespace coppice::app::admin {
namespace {

using boost::json::object;
using Sizes = std::map<std::string, std::size_t>;

struct Topic {
  std::size_t subscribers = 0;
  std::uint64_t present = 0;
};

/// The entries of one page, each made by @p json_of, and the key to go on after.
template <class Map, class JsonOf>
std::pair<boost::json::array, boost::json::value> page_of(const Map& all, const PageOf& page,
                                                          JsonOf json_of) {
  boost::json::array entries;
  auto each = page.after.empty() ? all.begin() : all.upper_bound(page.after);
  std::string last;
  for (; each != all.end() && entries.size() < page.limit; ++each) {
    last = each->first;
    entries.push_back(json_of(each->first, each->second));
  }
  boost::json::value next = nullptr;
  if (each != all.end()) next = last;
  return {std::move(entries), std::move(next)};
}

}  // namespace

std::string topics_json(actors::Runtime& runtime, const rooms::Realtime& realtime,
                        const std::string& prefix, const PageOf& page) {
  const auto answers = ask_shards<Sizes>(
      runtime,
      [hub = realtime.hub, prefix](std::uint32_t /*shard*/) { return hub->topics_here(prefix); });
  std::map<std::string, Topic> topics;
  for (const auto& answer : answers) {
    if (!answer) continue;
    for (const auto& [topic, subscribers] : *answer) topics[topic].subscribers += subscribers;
  }
  for (const auto& [topic, members] : realtime.roster->topic_sizes()) {
    if (topic.starts_with(prefix)) topics[topic].present = members;
  }
  auto [entries, next] = page_of(topics, page, [](const std::string& name, const Topic& topic) {
    return object{{"topic", name}, {"subscribers", topic.subscribers}, {"present", topic.present}};
  });
  return boost::json::serialize(
      object{{"topics", std::move(entries)},
             {"matching", topics.size()},
             {"next", std::move(next)},
             {"unanswered", boost::json::value_from(unanswered(answers))}});
}

std::string presence_json(const rooms::Realtime& realtime, const std::string& topic,
                          const PageOf& page) {
  const auto members = realtime.roster->members(topic);
  auto [entries, next] =
      page_of(members.metas, page, [](const std::string& key, std::size_t metas) {
        return object{{"key", key}, {"metas", metas}};
      });
  return boost::json::serialize(object{{"topic", topic},
                                       {"members", std::move(entries)},
                                       {"matching", members.metas.size()},
                                       {"next", std::move(next)},
                                       {"counted", members.counted}});
}

}  // namespace coppice::app::admin
