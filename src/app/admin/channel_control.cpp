#include "app/admin/channel_control.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

#include "app/admin/ask_shards.hpp"
#include "net/channels/shard_sockets.hpp"

namespace coppice::app::admin {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;
using boost::json::object;
using net::channels::ChannelInfo;
using net::channels::ChannelKey;
using net::channels::ChannelQuery;
using net::channels::ChannelsFound;

/// A page's last channel, as `next` shows it: "<0.12.1> room:lobby". Clients choose topics, but not
/// the first space.
std::string cursor_of(const ChannelKey& key) { return to_string(key.actor) + " " + key.topic; }

Result<ChannelKey> parse_cursor(const std::string& text) {
  const auto space = text.find(' ');
  if (space == std::string::npos) {
    return fail(Errc::invalid_argument, text + " is no `next` of a page of channels");
  }
  const auto actor = parse_pid(text.substr(0, space));
  if (!actor) return std::unexpected(actor.error());
  return ChannelKey{.actor = *actor, .topic = text.substr(space + 1)};
}

/// One more than a page has is asked for, to know whether there are more.
Result<ChannelQuery> query_of(const ChannelFilter& filter, const PageOf& page) {
  ChannelQuery query{.prefix = filter.prefix, .user = filter.user, .limit = page.limit + 1};
  if (!filter.connection.empty()) {
    const auto actor = parse_pid(filter.connection);
    if (!actor) return std::unexpected(actor.error());
    query.actor = *actor;
  }
  if (page.after.empty()) return query;
  auto after = parse_cursor(page.after);
  if (!after) return std::unexpected(after.error());
  query.after = *std::move(after);
  return query;
}

object json_of(const ChannelInfo& each) {
  object out{{"connection", to_string(each.key.actor)},
             {"topic", each.key.topic},
             {"transport", to_string(each.transport)},
             {"state", each.joined ? "joined" : "joining"},
             {"type", each.type}};
  out["user"] = each.user.empty() ? boost::json::value(nullptr) : boost::json::value(each.user);
  return out;
}

}  // namespace

Result<std::string> channels_json(actors::Runtime& runtime, const rooms::Realtime& realtime,
                                  const ChannelFilter& filter, const PageOf& page) {
  const auto query = query_of(filter, page);
  if (!query) return std::unexpected(query.error());
  const auto answers = ask_shards<ChannelsFound>(
      runtime, [sockets = realtime.sockets, query = *query](std::uint32_t shard) {
        return sockets->shard(shard)->channels(query);
      });
  std::vector<const ChannelInfo*> found;
  std::size_t matching = 0;
  for (const auto& answer : answers) {
    if (!answer) continue;
    matching += answer->matching;
    for (const auto& each : answer->channels) found.push_back(&each);
  }
  std::ranges::sort(found, {},
                    [](const ChannelInfo* each) -> const ChannelKey& { return each->key; });
  boost::json::value next = nullptr;
  if (found.size() > page.limit) {
    found.resize(page.limit);
    next = cursor_of(found.back()->key);
  }
  boost::json::array channels;
  for (const auto* each : found) channels.push_back(json_of(*each));
  return boost::json::serialize(
      object{{"channels", std::move(channels)},
             {"matching", matching},
             {"next", std::move(next)},
             {"unanswered", boost::json::value_from(unanswered(answers))}});
}

Result<void> close_channel(actors::Runtime& runtime, const rooms::Realtime& realtime,
                           const std::string& connection, const std::string& topic) {
  const auto actor = parse_pid(connection);
  if (!actor) return std::unexpected(actor.error());
  const auto not_found = [&] {
    return fail(Errc::not_found,
                "connection " + to_string(*actor) + " has no channel of the topic " + topic);
  };
  if (actor->shard() >= runtime.shard_count()) return not_found();
  const ChannelKey key{.actor = *actor, .topic = topic};
  const auto answers =
      ask_shards<bool>(runtime, [sockets = realtime.sockets, key](std::uint32_t shard) {
        return shard == key.actor.shard() && sockets->shard(shard)->close_channel(key);
      });
  const auto& closed = answers[actor->shard()];
  if (!closed) {
    return fail(Errc::timeout, "shard " + std::to_string(actor->shard()) +
                                   " does not answer: the channel is closed once it does");
  }
  if (!*closed) return not_found();
  return {};
}

}  // namespace coppice::app::admin
