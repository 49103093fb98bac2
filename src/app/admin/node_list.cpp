#include "app/admin/node_list.hpp"

#include <algorithm>
#include <chrono>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "app/utc_time.hpp"

namespace coppice::app::admin {
namespace {

using boost::json::object;
using boost::json::value;
using cluster::Member;

value text_or_null(const std::string& text) { return text.empty() ? value(nullptr) : value(text); }

std::string_view state_of(const Member& member, const Member& here) {
  if (!member.is_up) return "down";
  return understand_each_other(member.status, here.status) ? "up" : "incompatible";
}

/// How many transactions a copy lacks of what the primary has; nothing where that is not known.
value behind(const cluster::Status& status, const Member* primary) {
  if (primary == nullptr || status.role.empty() || status.role == "down") return nullptr;
  return std::max<std::int64_t>(0, primary->status.transaction - status.transaction);
}

object node_json(const Member& member, const Member& here, const Member* primary) {
  const auto& status = member.status;
  const auto silent = std::chrono::duration<double>(here.last_heard - member.last_heard).count();
  const std::chrono::system_clock::time_point started{std::chrono::seconds(status.started_at)};
  return {{"node", member.node.node},
          {"here", &member == &here},
          {"state", state_of(member, here)},
          {"role", text_or_null(status.role)},
          {"primary", text_or_null(status.primary)},
          {"why", text_or_null(status.why)},
          {"region", text_or_null(status.region)},
          {"release", status.release},
          {"transaction", status.role.empty() ? value(nullptr) : value(status.transaction)},
          {"behind", behind(status, primary)},
          {"started_at", utc_time_ms(started)},
          {"silent_seconds", std::max(0.0, silent)}};
}

object link_json(const cluster::LinkParts& link) {
  const auto counts = link.inbox.counts();
  return {{"connected", link.traffic->is_connected.load()},
          {"connections", link.traffic->connections.load()},
          {"sent", link.traffic->sent.load()},
          {"sent_bytes", link.traffic->sent_bytes.load()},
          {"unsent", link.traffic->unsent.load()},
          {"dropped", link.traffic->dropped.load()},
          {"received", counts.received},
          {"lost", counts.lost},
          {"repeated", counts.repeated},
          {"strange", counts.strange},
          {"unknown", counts.unknown}};
}

}  // namespace

std::string node_list_json(const Member& here, const std::vector<Member>& others,
                           const cluster::LinkParts* link) {
  std::vector<const Member*> all{&here};
  for (const auto& other : others) all.push_back(&other);
  std::ranges::sort(all, {}, [](const Member* member) { return member->node.node; });
  const auto is_primary = [](const Member* member) {
    return member->is_up && member->status.role == "primary";
  };
  const auto found = std::ranges::find_if(all, is_primary);
  const Member* primary = found == all.end() ? nullptr : *found;
  boost::json::array nodes;
  for (const Member* member : all) nodes.push_back(node_json(*member, here, primary));
  return boost::json::serialize(
      object{{"node", here.node.node},
             {"link", link != nullptr ? value(link_json(*link)) : nullptr},
             {"nodes", std::move(nodes)}});
}

}  // namespace coppice::app::admin
