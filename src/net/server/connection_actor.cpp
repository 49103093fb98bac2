#include "net/server/connection_actor.hpp"

#include "actors/use_task.hpp"

namespace coppice::net::server {

ConnectionActor::ConnectionActor(Socket socket, Peer peer,
                                 std::shared_ptr<const http::Server> server,
                                 AddressCounts::Seat seat)
    : socket_(std::move(socket)),
      peer_(std::move(peer)),
      server_(std::move(server)),
      seat_(std::move(seat)) {}

void ConnectionActor::init() {
  peer_.link = std::make_shared<ConnectionLink>(ConnectionLink{self().pid()});
  background(serve());
}

actors::Task<void> ConnectionActor::serve() {
  co_await actors::run_awaitable(http::serve(std::move(socket_), peer_, std::move(server_)));
  stop();
}

std::string ConnectionActor::describe() const {
  return peer_.address.to_string() + " port " + std::to_string(peer_.port);
}

}  // namespace coppice::net::server
