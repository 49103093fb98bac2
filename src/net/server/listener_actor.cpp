#include "net/server/listener_actor.hpp"

#include <optional>

#include <boost/asio/buffer.hpp>

#include "actors/use_task.hpp"
#include "net/server/connection_actor.hpp"

namespace coppice::net::server {
namespace {

constexpr auto kStartTimeout = std::chrono::seconds(5);

/// A socket on its way to its actor: a start function may be called only once with one.
struct Arrival {
  std::optional<Socket> socket;
  Peer peer;
  std::shared_ptr<const http::Server> server;
};

/// Tells a client that there is no room. Best effort: the socket doesn't block.
void turn_away(Socket& socket) {
  http::Response response = http::Response::error(http::Status::service_unavailable);
  response.headers.set("retry-after", "1");
  std::string bytes;
  http::append_response(bytes, response, {.keep_alive = false});
  boost::system::error_code ignored;
  socket.write_some(boost::asio::buffer(bytes), ignored);
}

supervisor::ChildSpec connection_spec(std::shared_ptr<Arrival> arrival, std::uint32_t shard) {
  supervisor::ChildSpec spec{.id = "connection",
                             .start = [arrival]() -> std::unique_ptr<actors::Actor> {
                               if (!arrival->socket) return nullptr;
                               Socket socket = std::move(*arrival->socket);
                               arrival->socket.reset();
                               return std::make_unique<ConnectionActor>(
                                   std::move(socket), arrival->peer, arrival->server);
                             },
                             .restart = supervisor::Restart::temporary};
  spec.options.placement = actors::Placement::shard(shard);
  return spec;
}

}  // namespace

ListenerActor::ListenerActor(std::shared_ptr<HttpEndpoint> endpoint)
    : endpoint_(std::move(endpoint)) {}

actors::Init ListenerActor::init() {
  auto acceptor = endpoint_->acceptor_of_this_shard();
  if (!acceptor) return actors::Init::stop(actors::ExitReason::custom(acceptor.error().context));
  server_ = endpoint_->server_of_this_shard();
  connections_ = {runtime(), cell().place()->parent()->find("connections")};
  AcceptHooks hooks;
  hooks.on_connection = [this](Socket socket, Peer peer) {
    take_over(std::move(socket), std::move(peer));
  };
  background(accept(std::move(*acceptor), std::move(hooks)));
  return actors::Init::ok();
}

actors::Task<void> ListenerActor::accept(std::shared_ptr<Acceptor> acceptor, AcceptHooks hooks) {
  co_await actors::run_awaitable(accept_loop(std::move(acceptor), std::move(hooks)));
  stop(actors::ExitReason::custom("the listening socket was closed"));
}

void ListenerActor::take_over(Socket socket, Peer peer) {
  ++accepted_;
  auto arrival = std::make_shared<Arrival>(std::move(socket), std::move(peer), server_);
  connections_.async_call(supervisor::StartChild{connection_spec(arrival, cell().shard().index())},
                          kStartTimeout,
                          [arrival](actors::Result<supervisor::StartedChild> started) {
                            if (!started && arrival->socket) turn_away(*arrival->socket);
                          });
}

std::string ListenerActor::describe() const {
  return "port " + std::to_string(endpoint_->port()) + ", " + std::to_string(accepted_) +
         " accepted";
}

}  // namespace coppice::net::server
