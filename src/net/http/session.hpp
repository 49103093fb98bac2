#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>

#include "actors/time.hpp"
#include "net/connections.hpp"
#include "net/http/handler.hpp"
#include "net/http/limits.hpp"
#include "net/http/router.hpp"
#include "net/io.hpp"
#include "net/listener.hpp"
#include "net/stream.hpp"

namespace coppice::net::tls {
struct Handshakes;
}  // namespace coppice::net::tls

namespace coppice::net::http {

/// How a request ended, for logs and metrics.
struct Outcome {
  Status status;
  std::uint64_t body_bytes;   ///< Of the answer's body, as they were sent.
  actors::Duration duration;  ///< From the request's head to the answer's last byte.
  bool whole = true;          ///< False if the connection was cut before that.
};

/// What the sessions of one shard have in common. Constant while they run.
struct Server {
  std::shared_ptr<const Router> router;
  std::shared_ptr<Connections> connections;
  Limits limits;
  Timeouts timeouts;
  /// A handler or a plug threw; the client has been answered 500.
  std::function<void(const Request&, std::exception_ptr)> on_exception;
  /// A request has been answered. Must not throw; called for each one, so it had better be quick.
  std::function<void(const Request&, const Outcome&)> on_answered{};
  /// Clients speak TLS, for whoever accepts them; null for plain connections.
  std::shared_ptr<tls::Handshakes> handshakes{};
};

/// A connection that goes on without HTTP: call it once.
using Handover = std::move_only_function<std::shared_ptr<Successor>(Successor::OnEnd)>;

/// Serves one connection until it ends or leaves HTTP behind: requests in order, answers to
/// pipelined ones in as few writes as possible. Without Connections::drain() it ends when the
/// client does, or breaks the rules; draining ends it after the request in progress. Returns null
/// unless it was upgraded.
///
/// A fast answer may wait for a slower one behind it in the same pipeline, never longer.
///
/// Thread: the socket's shard. Cancel: terminal; the connection is closed at once. Never throws.
Awaitable<Handover> serve(Stream stream, Peer peer, std::shared_ptr<const Server> server);

}  // namespace coppice::net::http
