#include "app/nodes/node.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include <spdlog/spdlog.h>

#include "app/litefs/node.hpp"
#include "app/log_limit.hpp"
#include "app/nodes/node_routes.hpp"
#include "app/nodes/primary_reader.hpp"
#include "net/tls/certificates.hpp"

namespace coppice::app::nodes {
namespace {

constexpr std::size_t kMostConnections = 1024;
constexpr std::uint32_t kMostStrangers = 10;  // that the log is told of in a minute

auto post_to(std::shared_ptr<Link> link, std::string_view path) {
  return [link = std::move(link), path = std::string(path)](
             const std::string& node, const std::string& body, std::chrono::milliseconds timeout,
             const std::stop_token& stop) { return link->post(node, path, body, timeout, stop); };
}

}  // namespace

NodeParts make_node(const Config& config) {
  if (!config.litefs.is_used()) return {};
  const bool confirms = config.litefs.durability == db::Durability::remote;
  return {.replication = litefs::replication_of(config.database_path),
          .link = std::make_shared<Link>(key_of_cluster(config.secret_key_base),
                                         config.litefs.node_port),
          .forwarder = std::make_shared<Forwarder::Slot>("the way to the primary"),
          .confirmer = confirms ? std::make_shared<Confirmer::Slot>("the confirmer") : nullptr};
}

void open_endpoint(NodeParts& parts, actors::Runtime& runtime, const Config& config,
                   const db::Database& database, std::shared_ptr<const net::http::Router> site) {
  if (!parts.link) return;
  const auto key = key_of_cluster(config.secret_key_base);
  net::server::HttpOptions options;
  options.listen = {.address = config.litefs.node_address, .port = config.litefs.node_port};
  options.router =
      std::make_shared<const net::http::Router>(node_routes(database, std::move(site)));
  options.certificates = net::tls::Certificates::fixed(key.server_context());
  options.max_connections = kMostConnections;
  options.on_handshake_failure =
      [&runtime, limit = std::make_shared<LogLimit>(kMostStrangers, std::chrono::minutes(1))](
          const std::string& why) {
        if (limit->admit(runtime.now())) {
          SPDLOG_WARN("somebody has come who does not have this cluster's key: {}", why);
        }
      };
  parts.endpoint = std::make_shared<net::server::HttpEndpoint>(runtime, std::move(options));
}

db::Forward forward_through(const NodeParts& parts) {
  return parts.forwarder ? forward_through(parts.forwarder) : db::Forward();
}

http::AskPrimary ask_primary(const NodeParts& parts) {
  if (!parts.link) return {};
  return ask_primary(parts.replication,
                     [link = parts.link](const std::string& node, const std::string& body,
                                         std::chrono::milliseconds timeout) {
                       return link->post(node, std::string(kReadsPath), body, timeout, {});
                     });
}

supervisor::ChildSpec forwarder_child(const NodeParts& parts) {
  return supervisor::worker<Forwarder>("forwarder", parts.replication,
                                       post_to(parts.link, kCommandsPath), parts.forwarder);
}

supervisor::ChildSpec confirmer_child(const NodeParts& parts, const db::Database& database) {
  return supervisor::worker<Confirmer>("confirmer", database, post_to(parts.link, kArrivalsPath),
                                       parts.confirmer);
}

}  // namespace coppice::app::nodes
