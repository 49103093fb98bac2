#pragma once

#include <memory>
#include <string>

#include "actors/server.hpp"
#include "net/server/http_endpoint.hpp"
#include "net/server/turned_away.hpp"

namespace coppice::net::server {

/// Accepts connections on its shard and makes each an actor under `connections`. Its own end costs
/// nobody a connection: while it restarts, clients wait in the queue of the listening socket, which
/// it leaves to its next incarnation. Only once it has been stopped for good is that closed.
///
/// Thread: its shard.
class ListenerActor final : public actors::Server<ListenerActor> {
 public:
  explicit ListenerActor(std::shared_ptr<HttpEndpoint> endpoint);
  ~ListenerActor() override;

  /// Fails with the reason if the port can't be bound.
  actors::Init init();

  [[nodiscard]] std::string describe() const override;

 private:
  actors::Task<void> accept(std::shared_ptr<Acceptor> acceptor, AcceptHooks hooks);
  [[nodiscard]] AcceptHooks hooks();
  [[nodiscard]] TurnedAway::Options turning_away() const;
  void take_over(Socket socket, Peer peer);
  [[nodiscard]] bool find_room();
  void accept_failed(boost::system::error_code error);

  std::shared_ptr<HttpEndpoint> endpoint_;
  std::shared_ptr<const http::Server> server_;
  std::shared_ptr<actors::Place> place_;  // these and the next two since init
  std::uint32_t shard_ = 0;
  actors::ChildRef<supervisor::DynamicSupervisor> connections_;
  std::shared_ptr<TurnedAway> turned_away_;
  std::uint64_t accepted_ = 0;
  std::uint64_t unreported_failures_ = 0;
  actors::Time next_report_ = actors::Time::min();
};

}  // namespace coppice::net::server
