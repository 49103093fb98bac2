#pragma once

#include <exception>
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
  ~ConnectionActor() override;

  void init();

  /// What an upgrade has made of the connection has ended.
  struct Ended {
    std::exception_ptr failure;
  };
  void handle(const Ended& ended);

  [[nodiscard]] std::string describe() const override;

 private:
  actors::Task<void> serve();
  void go_on(http::Handover handover);

  std::unique_ptr<Socket> socket_;  // until it is served
  Peer peer_;
  std::shared_ptr<const http::Server> server_;  // likewise
  AddressCounts::Seat seat_;
  std::shared_ptr<http::Successor> successor_;
};

}  // namespace coppice::net::server
