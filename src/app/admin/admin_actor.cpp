#include "app/admin/admin_actor.hpp"

#include <optional>
#include <tuple>
#include <unistd.h>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "actors/exit_reason.hpp"
#include "actors/use_task.hpp"
#include "app/crashes/handler_crashes.hpp"
#include "app/http/access_log.hpp"
#include "app/http/request_scope.hpp"
#include "net/connection_link.hpp"

namespace coppice::app::admin {
namespace {

/// One operator's connection; there is nothing here to upgrade to.
actors::Task<void> serve_operator(net::Socket socket, net::Peer peer,
                                  std::shared_ptr<const net::http::Server> server) {
  auto serving = net::http::serve(std::move(socket), std::move(peer), std::move(server));
  std::ignore = co_await actors::run_awaitable(std::move(serving));
}

/// Said, since a connection that is only closed looks like a server that is broken.
std::shared_ptr<const net::http::Router> refuse_everything() {
  const auto refuse = [](net::http::Request& /*request*/) -> std::optional<net::http::Response> {
    return net::http::Response::error(
        net::http::Status::forbidden,
        "the server runs as another user: that user and root can operate it");
  };
  std::vector<net::http::Plug> plugs{{.name = "refuse strangers", .before = refuse}};
  return std::make_shared<const net::http::Router>(net::http::Routes{}, std::move(plugs));
}

/// Whatever operators change is in the log, with what came of it and who it was.
void note_order(const net::UnixPeer& peer, const net::http::Request& request,
                const net::http::Outcome& outcome) {
  if (request.method == net::http::Method::get) return;
  const LogScope about(http::lines_about(request));
  SPDLOG_INFO("operator: {} {} answered {} to uid {}, pid {}", to_string(request.method),
              http::loggable_target(request.target), std::to_underlying(outcome.status), peer.uid,
              peer.pid);
}

/// The same server for one operator, whose orders are noted as theirs.
std::shared_ptr<const net::http::Server> server_for(const net::http::Server& server,
                                                    const net::UnixPeer& peer) {
  auto own = std::make_shared<net::http::Server>(server);
  own->on_answered = [peer](const net::http::Request& request, const net::http::Outcome& outcome) {
    note_order(peer, request, outcome);
  };
  return own;
}

}  // namespace

AdminActor::AdminActor(std::string socket_path, std::shared_ptr<const net::http::Router> router,
                       crashes::PartCrashesPtr crashes)
    : socket_path_(std::move(socket_path)),
      router_(std::move(router)),
      crashes_(std::move(crashes)) {}

actors::Init AdminActor::init() {
  auto acceptor = net::listen_unix(io().get_executor(), socket_path_);
  if (!acceptor) return actors::Init::stop(actors::ExitReason::custom(acceptor.error().context));
  const auto serve_with = [&](std::shared_ptr<const net::http::Router> router) {
    return std::make_shared<const net::http::Server>(
        net::http::Server{.router = std::move(router),
                          .connections = net::Connections::make(io().get_executor()),
                          .limits = {},
                          .timeouts = {},
                          .on_exception = crashes::report_handlers_to(crashes_),
                          .on_answered = {}});
  };
  server_ = serve_with(router_);
  refusing_ = serve_with(refuse_everything());
  peer_.link = std::make_shared<net::ConnectionLink>(
      net::ConnectionLink{.actor = {}, .place = cell().place()});
  background(accept(std::move(*acceptor)));
  return actors::Init::ok();
}

actors::Task<void> AdminActor::accept(net::UnixAcceptor acceptor) {
  // Called by Asio, outside of the actor's turn, in which tasks can be started: hence a message.
  auto serve = [self = self()](net::Socket socket, net::UnixPeer peer) {
    self.cast(Accepted{std::make_shared<net::Socket>(std::move(socket)), peer}).ignore();
  };
  co_await actors::run_awaitable(net::accept_unix(std::move(acceptor), std::move(serve)));
}

void AdminActor::handle(const Accepted& accepted) {
  const auto& server = accepted.peer.is_ours ? *server_ : *refusing_;
  background(serve_operator(std::move(*accepted.socket), peer_, server_for(server, accepted.peer)));
}

// A file that is left behind would make clients think that a server is there.
void AdminActor::terminate(const actors::ExitReason& /*reason*/) { ::unlink(socket_path_.c_str()); }

std::string AdminActor::describe() const { return socket_path_; }

}  // namespace coppice::app::admin
