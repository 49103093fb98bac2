#pragma once

#include <memory>
#include <string>

#include "actors/server.hpp"
#include "net/server/http_endpoint.hpp"

namespace coppice::net::server {

/// Accepts connections on its shard and makes each an actor under `connections`. Its own end costs
/// nobody a connection.
///
/// Thread: its shard.
class ListenerActor final : public actors::Server<ListenerActor> {
 public:
  explicit ListenerActor(std::shared_ptr<HttpEndpoint> endpoint);

  /// Fails with the reason if the port can't be bound.
  actors::Init init();

  [[nodiscard]] std::string describe() const override;

 private:
  actors::Task<void> accept(std::shared_ptr<Acceptor> acceptor, AcceptHooks hooks);
  void take_over(Socket socket, Peer peer);

  std::shared_ptr<HttpEndpoint> endpoint_;
  std::shared_ptr<const http::Server> server_;
  actors::ChildRef<supervisor::DynamicSupervisor> connections_;
  std::uint64_t accepted_ = 0;
};

}  // namespace coppice::net::server
