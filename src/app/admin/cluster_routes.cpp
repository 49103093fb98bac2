#include "app/admin/cluster_routes.hpp"

#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "app/admin/answer_schemas.hpp"
#include "app/admin/look_at.hpp"
#include "app/admin/node_list.hpp"
#include "app/admin/route_docs.hpp"
#include "app/cluster/questions.hpp"

namespace coppice::app::admin {
namespace {

using actors::Result;

constexpr auto kNodePatience = std::chrono::seconds(5);

template <class Slot, class M>
Result<typename M::Reply> ask_node(const std::shared_ptr<Slot>& slot, M message) {
  const auto actor = slot->get();
  if (!actor) return std::unexpected(actor.error());
  return actor->call_blocking(std::move(message), kNodePatience);
}

Result<std::string> all_nodes(const NodesParts& parts) {
  cluster::Member here{.node = {parts.name, 0}, .status = parts.status(), .last_heard = {}};
  if (!parts.cluster.is_used()) return node_list_json(here, {}, nullptr);
  const auto others = ask_node(parts.cluster.members, cluster::Members::List{});
  if (!others) return std::unexpected(others.error());
  here.last_heard = parts.runtime.now();
  return node_list_json(here, *others, parts.cluster.link.get());
}

/// `{"nodes": [{"node", "tree": {…}}, {"node", "error"}]}`
Result<std::string> all_trees(const NodesParts& parts) {
  std::vector<cluster::NodeAnswer> answers;
  if (parts.cluster.is_used()) {
    auto asked = ask_node(parts.cluster.questions, cluster::Questions::Ask{"tree"});
    if (!asked) return std::unexpected(asked.error());
    answers = std::move(*asked);
  }
  const auto own = parts.control->tree(supervisor::DynamicChildren::counted);
  boost::json::array all{{{"node", parts.name}, {"tree", boost::json::parse(own)}}};
  for (const auto& answer : answers) {
    boost::json::object each{{"node", answer.node}};
    boost::system::error_code error;
    auto tree = boost::json::parse(answer.trouble.empty() ? answer.text : "null", error);
    if (error) {
      each["error"] = "its answer can't be read";
    } else if (!answer.trouble.empty()) {
      each["error"] = answer.trouble;
    } else {
      each["tree"] = std::move(tree);
    }
    all.push_back(std::move(each));
  }
  return boost::json::serialize(boost::json::object{{"nodes", std::move(all)}});
}

}  // namespace

net::http::Routes cluster_routes(std::shared_ptr<Work> work, NodesParts parts) {
  const auto shared = std::make_shared<const NodesParts>(std::move(parts));
  const auto bind = [&](auto read) { return look_at(work, shared, read); };
  return {net::http::get("/v1/nodes", bind(all_nodes),
                         described("The nodes of the cluster, and how this one reaches them",
                                   {.answers = {in_json(schemas::nodes())}})),
          net::http::get(
              "/v1/cluster/tree", bind(all_trees),
              described("The actor trees of all nodes; a dynamic supervisor's children are counted",
                        {.answers = {in_json(schemas::trees_of_nodes())}}))};
}

}  // namespace coppice::app::admin
