#include "net/server/connection_actor.hpp"

#include "actors/use_task.hpp"
#include "net/tls/handshake.hpp"

namespace coppice::net::server {
namespace {

Awaitable<http::Handover> serve_securely(Socket socket, Peer peer,
                                         std::shared_ptr<const http::Server> server) {
  auto stream =
      co_await tls::shake_hands(std::move(socket), server->handshakes, server->connections);
  if (!stream) co_return nullptr;
  auto handover = co_await http::serve(std::move(*stream), std::move(peer), std::move(server));
  co_return handover;
}

}  // namespace

ConnectionActor::ConnectionActor(Socket socket, Peer peer,
                                 std::shared_ptr<const http::Server> server,
                                 AddressCounts::Seat seat)
    : socket_(std::make_unique<Socket>(std::move(socket))),
      peer_(std::move(peer)),
      server_(std::move(server)),
      seat_(std::move(seat)) {}

ConnectionActor::~ConnectionActor() {
  if (successor_) successor_->cut();
}

void ConnectionActor::init() {
  peer_.link = std::make_shared<ConnectionLink>(
      ConnectionLink{.actor = self().pid(), .place = cell().place()});
  background(serve());
}

actors::Task<void> ConnectionActor::serve() {
  const auto socket = std::move(socket_);
  const auto server = std::move(server_);
  auto serving = server->handshakes ? serve_securely(std::move(*socket), peer_, server)
                                    : http::serve(std::move(*socket), peer_, server);
  auto handover = co_await actors::run_awaitable(std::move(serving));
  if (handover) {
    go_on(std::move(handover));
  } else {
    stop();
  }
}

/// Without HTTP, and without a coroutine.
void ConnectionActor::go_on(http::Handover handover) {
  successor_ = handover([self = self()](std::exception_ptr failure) {
    self.cast(Ended{std::move(failure)}).ignore();
  });
}

void ConnectionActor::handle(const Ended& ended) {
  if (ended.failure) std::rethrow_exception(ended.failure);
  stop();
}

std::string ConnectionActor::describe() const {
  const auto from = peer_.address.to_string() + " port " + std::to_string(peer_.port);
  const auto successor = successor_ ? successor_->describe() : std::string();
  return successor.empty() ? from : from + ", " + successor;
}

}  // namespace coppice::net::server
