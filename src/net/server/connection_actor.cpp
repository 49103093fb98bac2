#include "net/server/connection_actor.hpp"

#include "actors/use_task.hpp"
#include "net/tls/handshake.hpp"

namespace coppice::net::server {
namespace {

Awaitable<void> serve_securely(Socket socket, Peer peer,
                               std::shared_ptr<const http::Server> server) {
  auto stream =
      co_await tls::shake_hands(std::move(socket), server->handshakes, server->connections);
  if (!stream) co_return;
  co_await http::serve(std::move(*stream), std::move(peer), std::move(server));
}

}  // namespace

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
  auto serving = server_->handshakes ? serve_securely(std::move(socket_), peer_, server_)
                                     : http::serve(std::move(socket_), peer_, server_);
  co_await actors::run_awaitable(std::move(serving));
  stop();
}

std::string ConnectionActor::describe() const {
  return peer_.address.to_string() + " port " + std::to_string(peer_.port);
}

}  // namespace coppice::net::server
