#include "app/admin/admin_actor.hpp"

#include <tuple>
#include <unistd.h>
#include <utility>

#include "actors/use_task.hpp"

namespace coppice::app::admin {
namespace {

/// One operator's connection; there is nothing here to upgrade to.
actors::Task<void> serve_operator(net::Socket socket,
                                  std::shared_ptr<const net::http::Server> server) {
  auto serving = net::http::serve(std::move(socket), net::Peer(), std::move(server));
  std::ignore = co_await actors::run_awaitable(std::move(serving));
}

}  // namespace

AdminActor::AdminActor(std::string socket_path, std::shared_ptr<const net::http::Router> router)
    : socket_path_(std::move(socket_path)), router_(std::move(router)) {}

actors::Init AdminActor::init() {
  auto acceptor = net::listen_unix(io().get_executor(), socket_path_);
  if (!acceptor) return actors::Init::stop(actors::ExitReason::custom(acceptor.error().context));
  server_ = std::make_shared<const net::http::Server>(
      net::http::Server{.router = router_,
                        .connections = net::Connections::make(io().get_executor()),
                        .limits = {},
                        .timeouts = {},
                        .on_exception = {}});
  background(accept(std::move(*acceptor)));
  return actors::Init::ok();
}

actors::Task<void> AdminActor::accept(net::UnixAcceptor acceptor) {
  // Called by Asio, outside of the actor's turn, in which tasks can be started: hence a message.
  auto serve = [self = self()](net::Socket socket) {
    self.cast(Accepted{std::make_shared<net::Socket>(std::move(socket))}).ignore();
  };
  co_await actors::run_awaitable(net::accept_unix(std::move(acceptor), std::move(serve)));
}

void AdminActor::handle(const Accepted& accepted) {
  background(serve_operator(std::move(*accepted.socket), server_));
}

// A file that is left behind would make clients think that a server is there.
void AdminActor::terminate(const actors::ExitReason& /*reason*/) { ::unlink(socket_path_.c_str()); }

std::string AdminActor::describe() const { return socket_path_; }

}  // namespace coppice::app::admin
