#include "app/admin/connection_control.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ranges>
#include <tuple>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

#include "app/admin/ask_shards.hpp"
#include "app/clean_text.hpp"
#include "app/utc_time.hpp"
#include "net/channels/shard_sockets.hpp"

namespace coppice::app::admin {
namespace {

using actors::Errc;
using actors::fail;
using actors::Pid;
using actors::Result;
using boost::json::array;
using boost::json::object;
using net::channels::SocketInfo;

constexpr actors::Duration kEndTimeout = std::chrono::seconds(5);
constexpr std::size_t kMostTopics = 20;
constexpr std::size_t kLongestTopic = 200;

/// A connection of any transport.
struct Listed {
  SocketInfo info;
  std::string transport;
};

struct Ended {
  bool socket = false;
  bool http = false;
};

std::vector<Listed> connections_of(const net::server::HttpEndpoint& endpoint,
                                   const rooms::Realtime& realtime, std::uint32_t shard) {
  std::vector<Listed> out;
  for (auto& socket : realtime.sockets->shard(shard)->list()) {
    std::string transport(to_string(socket.transport));
    out.push_back({std::move(socket), std::move(transport)});
  }
  const auto connections = endpoint.connections_of(shard);
  if (!connections) return out;
  for (auto& each : connections->list()) {
    SocketInfo info{.actor = each.actor,
                    .address = std::move(each.address),
                    .since = each.since,
                    .user = {},
                    .topics = {},
                    .queued_bytes = each.queued_bytes,
                    .received = each.requests,
                    .sent = each.requests};
    if (info.actor) out.push_back({std::move(info), "http"});
  }
  return out;
}

bool matches(const Listed& each, const ConnectionFilter& filter) {
  const auto& info = each.info;
  if (!filter.user.empty() && info.user != filter.user) return false;
  if (!filter.address.empty() && info.address != filter.address) return false;
  if (!filter.transport.empty() && each.transport != filter.transport) return false;
  return filter.topic.empty() || std::ranges::find(info.topics, filter.topic) != info.topics.end();
}

/// The first of them, as clients have named them.
array topics_json(const std::vector<std::string>& topics) {
  array out;
  for (const auto& topic : topics | std::views::take(kMostTopics)) {
    out.emplace_back(clean_text(topic, kLongestTopic, Lines::one));
  }
  return out;
}

object json_of(const Listed& each) {
  const auto& info = each.info;
  object out{{"id", to_string(info.actor)},
             {"transport", each.transport},
             {"address", info.address},
             {"since", utc_time(info.since)},
             {"topics", topics_json(info.topics)},
             {"topics_joined", info.topics.size()},
             {"queued_bytes", info.queued_bytes},
             {"received", info.received},
             {"sent", info.sent}};
  out["user"] = info.user.empty() ? boost::json::value(nullptr) : boost::json::value(info.user);
  return out;
}

boost::json::value or_null(const std::string& text) {
  return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
}

}  // namespace

Result<Pid> parse_pid(const std::string& text) {
  std::string_view left = text;
  const auto wrong = [&] {
    return fail(Errc::invalid_argument, text + " is no id of a connection: it looks like <0.12.1>");
  };
  if (left.starts_with('<') && left.ends_with('>')) left = left.substr(1, left.size() - 2);
  std::array<std::uint32_t, 3> parts{};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) {
      if (!left.starts_with('.')) return wrong();
      left.remove_prefix(1);
    }
    const auto [end, error] = std::from_chars(left.data(), left.data() + left.size(), parts.at(i));
    if (error != std::errc()) return wrong();
    left.remove_prefix(static_cast<std::size_t>(end - left.data()));
  }
  if (!left.empty() || parts[0] > Pid::kMaxShard || parts[1] > Pid::kMaxSlot ||
      parts[2] > Pid::kMaxGeneration) {
    return wrong();
  }
  return Pid(parts[0], parts[1], parts[2]);
}

Result<std::string> ConnectionControl::list(const ConnectionFilter& filter,
                                            const PageOf& page) const {
  Pid after;
  if (!page.after.empty()) {
    const auto parsed = parse_pid(page.after);
    if (!parsed) return std::unexpected(parsed.error());
    after = *parsed;
  }
  const auto answers = ask_shards<std::vector<Listed>>(
      runtime_, [endpoint = endpoint_, realtime = realtime_, filter](std::uint32_t shard) {
        auto all = connections_of(*endpoint, realtime, shard);
        std::erase_if(all, [&](const Listed& each) { return !matches(each, filter); });
        return all;
      });
  std::vector<const Listed*> found;
  for (const auto& answer : answers) {
    if (!answer) continue;
    for (const auto& each : *answer) found.push_back(&each);
  }
  std::ranges::sort(found, {}, [](const Listed* each) { return each->info.actor; });
  boost::json::array connections;
  std::string next;
  for (const auto* each : found) {
    if (each->info.actor <= after) continue;
    if (connections.size() == page.limit) {
      next = std::string(connections.back().as_object().at("id").as_string());
      break;
    }
    connections.push_back(json_of(*each));
  }
  return boost::json::serialize(
      object{{"connections", std::move(connections)},
             {"matching", found.size()},
             {"next", or_null(next)},
             {"unanswered", boost::json::value_from(unanswered(answers))}});
}

Result<std::string> ConnectionControl::disconnect(const std::string& id) {
  const auto pid = parse_pid(id);
  if (!pid) return std::unexpected(pid.error());
  const auto not_found = [&] {
    return fail(Errc::not_found, "there is no connection " + to_string(*pid));
  };
  if (pid->shard() >= runtime_.shard_count()) return not_found();
  const auto answers = ask_shards<Ended>(
      runtime_, [endpoint = endpoint_, realtime = realtime_, pid = *pid](std::uint32_t shard) {
        Ended ended;
        if (shard != pid.shard()) return ended;
        ended.socket = realtime.sockets->shard(shard)->close(pid);
        const auto connections = endpoint->connections_of(shard);
        if (ended.socket || !connections) return ended;
        ended.http = std::ranges::count(connections->list(), pid, &net::ConnectionInfo::actor) > 0;
        return ended;
      });
  const auto& answer = answers[pid->shard()];
  if (!answer) {
    return fail(Errc::timeout, "shard " + std::to_string(pid->shard()) + " does not answer");
  }
  if (!answer->socket && !answer->http) return not_found();
  if (answer->http) {
    std::ignore = runtime_.stop(*pid, actors::ExitReason::shutdown(), kEndTimeout);
  }
  return boost::json::serialize(object{{"ok", true}, {"disconnected", 1}});
}

Result<std::string> ConnectionControl::disconnect_user(const std::string& user) {
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(user.data(), user.data() + user.size(), id);
  if (error != std::errc() || end != user.data() + user.size() || id <= 0) {
    return fail(Errc::invalid_argument, "parameter user must be a user's id, a number");
  }
  const auto answers = ask_shards<std::size_t>(runtime_, [realtime = realtime_,
                                                          user](std::uint32_t shard) {
    const auto& sockets = *realtime.sockets->shard(shard);
    return static_cast<std::size_t>(std::ranges::count(sockets.list(), user, &SocketInfo::user));
  });
  // Reaches those that are connecting just now, and shards that don't answer yet.
  realtime_.disconnects->disconnect(id);
  std::size_t total = 0;
  for (const auto& answer : answers) total += answer.value_or(0);
  return boost::json::serialize(
      object{{"ok", true},
             {"disconnected", total},
             {"unanswered", boost::json::value_from(unanswered(answers))}});
}

}  // namespace coppice::app::admin
