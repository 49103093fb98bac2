#pragma once

#include <memory>

#include "actors/runtime.hpp"
#include "app/config.hpp"
#include "app/http/read_your_writes.hpp"
#include "app/nodes/confirmer.hpp"
#include "app/nodes/forwarder.hpp"
#include "app/nodes/link.hpp"
#include "app/tracing/tracer.hpp"
#include "db/database.hpp"
#include "db/forward.hpp"
#include "db/replication.hpp"
#include "net/http/router.hpp"
#include "net/server/http_endpoint.hpp"
#include "supervisor/child_spec.hpp"

namespace coppice::app::nodes {

/// What makes a server a node among others; nothing of it where the database is a plain file.
struct NodeParts {
  std::shared_ptr<db::Replication> replication{};
  std::shared_ptr<Link> link{};
  std::shared_ptr<Forwarder::Slot> forwarder{};
  std::shared_ptr<Confirmer::Slot> confirmer{};           ///< Where writes have to be on two nodes.
  std::shared_ptr<net::server::HttpEndpoint> endpoint{};  ///< Where the others ask.
};

/// All but the endpoint, which needs the database.
[[nodiscard]] NodeParts make_node(const Config& config);

/// Where other nodes, and nobody else, may send their writes, and what they can't answer.
/// @param site, tracer  See node_routes().
void open_endpoint(NodeParts& parts, actors::Runtime& runtime, const Config& config,
                   const db::Database& database, std::shared_ptr<const net::http::Router> site,
                   tracing::TracerPtr tracer);

/// How a replica's commands come to the primary; empty where there is none.
[[nodiscard]] db::Forward forward_through(const NodeParts& parts);

/// How a replica has the primary answer a read; empty where there is none.
[[nodiscard]] http::AskPrimary ask_primary(const NodeParts& parts);

/// The child `forwarder`.
[[nodiscard]] supervisor::ChildSpec forwarder_child(const NodeParts& parts);

/// The child `confirmer`, if there is to be one: parts.confirmer.
[[nodiscard]] supervisor::ChildSpec confirmer_child(const NodeParts& parts,
                                                    const db::Database& database);

}  // namespace coppice::app::nodes
