#include "app/nodes/node.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "app/litefs/node.hpp"
#include "app/log_limit.hpp"
#include "app/nodes/node_routes.hpp"
#include "app/nodes/primary_reader.hpp"
#include "app/nodes/sent_traces.hpp"
#include "net/tls/certificates.hpp"

namespace coppice::app::nodes {
namespace {

constexpr std::size_t kMostConnections = 1024;
constexpr std::uint32_t kMostStrangers = 10;  // that the log is told of in a minute

Confirmer::Post post_arrivals_to(std::shared_ptr<Link> link) {
  return [link = std::move(link)](const std::string& node, const std::string& body,
                                  std::chrono::milliseconds timeout, const std::stop_token& stop) {
    return link->post(node, std::string(kArrivalsPath), body, timeout, stop);
  };
}

Forwarder::Post post_commands_to(std::shared_ptr<Link> link) {
  return [link = std::move(link)](const std::string& node, const Forwarder::Parcel& parcel,
                                  std::chrono::milliseconds timeout, const std::stop_token& stop) {
    std::vector<std::string> headers;
    if (!parcel.traces.empty()) {
      headers.push_back(std::string(kTracesHeader) + ": " + parcel.traces);
    }
    return link->post(node, std::string(kCommandsPath), parcel.body, timeout, stop, headers);
  };
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
                   const db::Database& database, std::shared_ptr<const net::http::Router> site,
                   tracing::TracerPtr tracer) {
  if (!parts.link) return;
  const auto key = key_of_cluster(config.secret_key_base);
  net::server::HttpOptions options;
  options.listen = {.address = config.litefs.node_address, .port = config.litefs.node_port};
  options.router = std::make_shared<const net::http::Router>(
      node_routes(database, std::move(site), std::move(tracer)));
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
  return supervisor::worker<Forwarder>("forwarder", parts.replication, post_commands_to(parts.link),
                                       parts.forwarder);
}

supervisor::ChildSpec confirmer_child(const NodeParts& parts, const db::Database& database) {
  return supervisor::worker<Confirmer>("confirmer", database, post_arrivals_to(parts.link),
                                       parts.confirmer);
}

}  // namespace coppice::app::nodes
