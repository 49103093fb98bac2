#include "app/cli/load_view.hpp"

#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "app/cli/table.hpp"

namespace coppice::app::cli {
namespace {

using boost::json::object;

/// "/http/connections/connection#3 with block of room:lobby for 1.2 s"
std::string held_by(const boost::json::value& stuck) {
  if (stuck.is_null()) return "-";
  const auto& culprit = stuck.as_object();
  std::string who = "nobody's handler";
  for (const auto* name : {"pid", "actor", "path"}) {
    if (culprit.at(name).is_string()) who = cell_of(culprit.at(name));
  }
  const auto& message = culprit.at("message");
  if (message.is_string()) who += " with " + cell_of(message);
  return fmt::format("{} for {:.1f} s", who, culprit.at("seconds").to_number<double>());
}

Row shard_row(const object& shard) {
  return {cell_of(shard.at("shard")),
          fmt::format("{:.0f}%", shard.at("busy").to_number<double>() * 100),
          fmt::format("{:.1f} ms", shard.at("lag_seconds").to_number<double>() * 1e3),
          cell_of(shard.at("actors")),
          cell_of(shard.at("waiting")),
          held_by(shard.at("stuck"))};
}

Row request_row(const object& request) {
  const auto& id = request.at("request_id");
  return {cell_of(request.at("at")),
          cell_of(request.at("method")),
          cell_of(request.at("status")) + (request.at("whole").as_bool() ? "" : " cut"),
          fmt::format("{:.1f} ms", request.at("ms").to_number<double>()),
          id.as_string().empty() ? "-" : cell_of(id),
          cell_of(request.at("path"))};
}

}  // namespace

std::string render_shards(std::string_view json) {
  std::vector<Row> rows{{"SHARD", "BUSY", "LAG", "ACTORS", "WAITING", "HELD BY"}};
  const auto answer = boost::json::parse(json);
  for (const auto& each : answer.at("shards").as_array()) {
    rows.push_back(shard_row(each.as_object()));
  }
  return table(rows);
}

std::string render_requests(std::string_view json) {
  std::vector<Row> rows{{"AT", "METHOD", "STATUS", "TOOK", "REQUEST", "PATH"}};
  const auto answer = boost::json::parse(json);
  for (const auto& each : answer.at("requests").as_array()) {
    rows.push_back(request_row(each.as_object()));
  }
  return table(rows);
}

}  // namespace coppice::app::cli
