#pragma once

#include <memory>

#include "actors/runtime.hpp"
#include "app/cluster/node.hpp"
#include "app/config.hpp"
#include "app/crash_keeping.hpp"
#include "app/crashes/part_crashes.hpp"
#include "app/drain.hpp"
#include "app/http/api.hpp"
#include "app/http/authentication.hpp"
#include "app/journal.hpp"
#include "app/logging.hpp"
#include "app/long_work.hpp"
#include "app/nodes/node.hpp"
#include "app/rooms/realtime.hpp"
#include "app/tracing/tracer.hpp"
#include "net/channels/longpoll.hpp"
#include "net/http/router.hpp"
#include "net/server/http_endpoint.hpp"

namespace coppice::app {

/// Everything that the actors share. Outlives them, and dies before the runtime.
struct Parts {
  std::shared_ptr<http::ApiContext> api;
  http::AccountContextPtr accounts;
  rooms::Realtime realtime;
  std::shared_ptr<Journal> events;
  std::shared_ptr<net::server::HttpEndpoint> endpoint;
  nodes::NodeParts nodes;
  cluster::ClusterParts cluster;
  std::shared_ptr<net::channels::LongPolls> polls;
  std::shared_ptr<Drain> drain;
  std::shared_ptr<LongWork> long_work;
  std::shared_ptr<const net::http::Router> operators;
  crashes::PartCrashesPtr operator_crashes;  ///< Of the handlers of `operators`.
  tracing::TracerPtr tracer;
  CrashKeeping crashes;
};

/// Makes them as the configuration says; no actor runs yet.
/// Errors: why the server can't start. Thread: the main one.
[[nodiscard]] actors::Result<Parts> make_parts(actors::Runtime& runtime, const Config& config,
                                               std::shared_ptr<Log> log);

}  // namespace coppice::app
