#pragma once

#include <memory>
#include <string>

#include "actors/server.hpp"
#include "net/connection_link.hpp"
#include "net/http/session.hpp"
#include "net/server/address_counts.hpp"

namespace coppice::net::server {

/// One client's connection as an actor: a temporary child of `connections`, which ends with its
/// client. What crashes or stops it costs this client alone.
///
/// Thread: the socket's shard.
class ConnectionActor final : public actors::Server<ConnectionActor> {
 public:
  ConnectionActor(Socket socket, Peer peer, std::shared_ptr<const http::Server> server,
                  AddressCounts::Seat seat);

  void init();

  [[nodiscard]] std::string describe() const override;

 private:
  actors::Task<void> serve();

  Socket socket_;
  Peer peer_;
  std::shared_ptr<const http::Server> server_;
  AddressCounts::Seat seat_;
};

}  // namespace coppice::net::server
