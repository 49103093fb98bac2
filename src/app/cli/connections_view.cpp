#include "app/cli/connections_view.hpp"

#include <cstdint>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "app/cli/table.hpp"

namespace coppice::app::cli {
namespace {

using boost::json::array;
using boost::json::object;

/// For a shell: clients choose the names of topics.
std::string quoted_for_shell(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// What is not in the list, and why.
std::string rest_of(const object& answer, std::size_t shown, std::string_view what) {
  const auto matching = answer.at("matching").to_number<std::uint64_t>();
  std::string out = shown == matching ? fmt::format("{} {}\n", matching, what)
                                      : fmt::format("{} of {} {}\n", shown, matching, what);
  if (!answer.at("next").is_null()) {
    const auto next = cell_of(answer.at("next"));
    out += fmt::format("more with --after {}\n", quoted_for_shell(next));
  }
  const auto* unanswered = answer.if_contains("unanswered");
  if (unanswered == nullptr) return out;
  for (const auto& each : unanswered->as_array()) out += cell_of(each) + "\n";
  return out;
}

Row connection_row(const object& each) {
  std::string topics;
  for (const auto& topic : each.at("topics").as_array()) {
    topics += (topics.empty() ? "" : " ") + cell_of(topic);
  }
  return {
      cell_of(each.at("id")),       cell_of(each.at("transport")), cell_of(each.at("address")),
      cell_of(each.at("user")),     cell_of(each.at("since")),     cell_of(each.at("queued_bytes")),
      cell_of(each.at("received")), cell_of(each.at("sent")),      topics};
}

}  // namespace

std::string render_connections(std::string_view json) {
  const auto answer = boost::json::parse(json).as_object();
  const auto& connections = answer.at("connections").as_array();
  std::vector<Row> rows{
      {"ID", "TRANSPORT", "ADDRESS", "USER", "SINCE", "QUEUED", "RECEIVED", "SENT", "TOPICS"}};
  for (const auto& each : connections) rows.push_back(connection_row(each.as_object()));
  return table(rows) + rest_of(answer, connections.size(), "connections");
}

std::string render_channels(std::string_view json) {
  const auto answer = boost::json::parse(json).as_object();
  const auto& channels = answer.at("channels").as_array();
  std::vector<Row> rows{{"CONNECTION", "TRANSPORT", "USER", "STATE", "TYPE", "TOPIC"}};
  for (const auto& each : channels) {
    const auto& channel = each.as_object();
    rows.push_back({cell_of(channel.at("connection")), cell_of(channel.at("transport")),
                    cell_of(channel.at("user")), cell_of(channel.at("state")),
                    cell_of(channel.at("type")), cell_of(channel.at("topic"))});
  }
  return table(rows) + rest_of(answer, channels.size(), "channels");
}

std::string render_channel_closed(std::string_view json) {
  const auto answer = boost::json::parse(json).as_object();
  return answer.at("ok").as_bool() ? "1 channel ended\n" : "";
}

std::string render_topics(std::string_view json) {
  const auto answer = boost::json::parse(json).as_object();
  const auto& topics = answer.at("topics").as_array();
  std::vector<Row> rows{{"SUBSCRIBERS", "PRESENT", "TOPIC"}};
  for (const auto& each : topics) {
    const auto& topic = each.as_object();
    rows.push_back({cell_of(topic.at("subscribers")), cell_of(topic.at("present")),
                    cell_of(topic.at("topic"))});
  }
  return table(rows) + rest_of(answer, topics.size(), "topics");
}

std::string render_presence(std::string_view json) {
  const auto answer = boost::json::parse(json).as_object();
  const auto& members = answer.at("members").as_array();
  std::vector<Row> rows{{"CONNECTIONS", "MEMBER"}};
  for (const auto& each : members) {
    const auto& member = each.as_object();
    rows.push_back({cell_of(member.at("metas")), cell_of(member.at("key"))});
  }
  std::string out = table(rows) + rest_of(answer, members.size(), "members");
  const auto counted = answer.at("counted").to_number<std::uint64_t>();
  if (counted > 0) out += fmt::format("{} more are only counted\n", counted);
  return out;
}

std::string render_disconnected(std::string_view json) {
  const auto answer = boost::json::parse(json).as_object();
  std::string out = fmt::format("{} disconnected\n", cell_of(answer.at("disconnected")));
  const auto* unanswered = answer.if_contains("unanswered");
  if (unanswered == nullptr) return out;
  for (const auto& each : unanswered->as_array()) {
    out += cell_of(each) + ": those there are disconnected once it does\n";
  }
  return out;
}

std::string render_server_figures(std::string_view json) {
  const auto answer = boost::json::parse(json).as_object();
  const auto& writer = answer.at("writer").as_object();
  const auto& readers = answer.at("readers").as_object();
  const auto& commits = writer.at("commits").as_object();
  const auto mean = [](const object& of, std::string_view name) {
    return of.at(name).to_number<double>();
  };
  const auto state = [&](std::string_view name, std::string_view good, std::string_view why) {
    return answer.at(name).as_bool() ? std::string(good) : cell_of(answer.at(why));
  };
  std::string out = fmt::format("server: {}; {}; {} bytes free, of which {} are kept\n",
                                state("ready", "ready", "not_ready_because"),
                                state("writable", "takes writes", "not_writable_because"),
                                cell_of(answer.at("free_space_bytes")),
                                cell_of(answer.at("free_space_reserve_bytes")));
  out += fmt::format("writer: {} waiting, {} commits of {:.3f} ms and {:.1f} commands on average\n",
                     cell_of(writer.at("waiting")), cell_of(commits.at("count")),
                     mean(commits, "mean_seconds") * 1e3,
                     mean(writer.at("batches").as_object(), "mean_commands"));
  out += fmt::format("readers: {} of {} busy, {} waiting, {} reads of {:.3f} ms on average\n",
                     cell_of(readers.at("busy")), cell_of(readers.at("count")),
                     cell_of(readers.at("waiting")),
                     cell_of(readers.at("reads").as_object().at("count")),
                     mean(readers.at("reads").as_object(), "mean_seconds") * 1e3);
  return out +
         fmt::format("last backup: {}\n", cell_of(answer.at("backup").as_object().at("last_at")));
}

}  // namespace coppice::app::cli
