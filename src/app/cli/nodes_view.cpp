#include "app/cli/nodes_view.hpp"

#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "app/cli/table.hpp"

namespace coppice::app::cli {
namespace {

using boost::json::object;

/// "replica of 10.0.0.5:4001", "down: LiteFS does not answer".
std::string role_of(const object& node) {
  auto role = cell_of(node.at("role"));
  if (node.at("primary").is_string()) role += " of " + cell_of(node.at("primary"));
  if (node.at("why").is_string()) role += ": " + cell_of(node.at("why"));
  return role;
}

std::string state_of(const object& node) {
  auto state = cell_of(node.at("state"));
  if (state != "down") return state;
  return fmt::format("down for {:.0f} s", node.at("silent_seconds").to_number<double>());
}

Row node_row(const object& node) {
  return {cell_of(node.at("node")) + (node.at("here").as_bool() ? " (here)" : ""),
          state_of(node),
          role_of(node),
          cell_of(node.at("region")),
          cell_of(node.at("transaction")),
          cell_of(node.at("behind")),
          cell_of(node.at("release")),
          cell_of(node.at("started_at"))};
}

std::string link_line(const object& link) {
  return fmt::format(
      "{}; {} messages sent, {} not sent; {} letters received, {} lost, {} from strangers\n",
      link.at("connected").as_bool() ? "connected to NATS" : "not connected to NATS",
      cell_of(link.at("sent")), cell_of(link.at("unsent")), cell_of(link.at("received")),
      cell_of(link.at("lost")), cell_of(link.at("strange")));
}

}  // namespace

std::string render_nodes(std::string_view json) {
  const auto answer = boost::json::parse(json);
  std::vector<Row> rows{
      {"NODE", "STATE", "ROLE", "REGION", "TRANSACTION", "BEHIND", "RELEASE", "STARTED"}};
  for (const auto& each : answer.at("nodes").as_array()) rows.push_back(node_row(each.as_object()));
  const auto& link = answer.at("link");
  return table(rows) + (link.is_null()
                            ? "this node is alone: see DNS_CLUSTER_QUERY and CLUSTER_NODES\n"
                            : link_line(link.as_object()));
}

}  // namespace coppice::app::cli
