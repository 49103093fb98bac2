#pragma once

#include <cstddef>
#include <memory>

#include "actors/runtime.hpp"
#include "app/http/api.hpp"
#include "net/channels/longpoll.hpp"
#include "net/server/http_endpoint.hpp"

namespace coppice::app {

/// The beginning of a server's end: it takes no new clients, is not ready for health checks, and
/// has those that are there finish. There is no way back but a new start.
///
/// Thread: any that is no shard's.
class Drain {
 public:
  /// @p runtime must outlive it.
  Drain(actors::Runtime& runtime, std::shared_ptr<http::ApiContext> api,
        std::shared_ptr<net::channels::LongPolls> polls,
        std::shared_ptr<net::server::HttpEndpoint> endpoint);

  /// Has health checks fail, and nothing else yet. Idempotent.
  void announce() noexcept { api_->draining = true; }

  /// Does not wait. Idempotent.
  void begin();

  [[nodiscard]] bool begun() const noexcept { return endpoint_->draining(); }

  /// Those that live, whatever their supervisor has noticed of the others.
  [[nodiscard]] std::size_t open_connections() const;

 private:
  actors::Runtime& runtime_;
  const std::shared_ptr<http::ApiContext> api_;
  const std::shared_ptr<net::channels::LongPolls> polls_;
  const std::shared_ptr<net::server::HttpEndpoint> endpoint_;
};

}  // namespace coppice::app
