#include "net/server/listener_actor.hpp"

#include <optional>

#include "actors/use_task.hpp"
#include "net/server/connection_actor.hpp"

namespace coppice::net::server {
namespace {

constexpr auto kStartTimeout = std::chrono::seconds(5);
constexpr auto kReportEvery = std::chrono::seconds(10);
constexpr auto kRefusalTimeout = std::chrono::seconds(2);  // for a handshake, only to be told so
constexpr std::size_t kMostRefusals = 32;                  // of these at once

/// A socket on its way to its actor: a start function may be called only once with one.
struct Arrival {
  std::optional<Socket> socket;
  Peer peer;
  std::shared_ptr<const http::Server> server;
  AddressCounts::Seat seat;
};

supervisor::ChildSpec connection_spec(std::shared_ptr<Arrival> arrival, std::uint32_t shard) {
  supervisor::ChildSpec spec{.id = "connection",
                             .start = [arrival]() -> std::unique_ptr<actors::Actor> {
                               if (!arrival->socket) return nullptr;
                               Socket socket = std::move(*arrival->socket);
                               arrival->socket.reset();
                               return std::make_unique<ConnectionActor>(
                                   std::move(socket), arrival->peer, arrival->server,
                                   std::move(arrival->seat));
                             },
                             .restart = supervisor::Restart::temporary};
  spec.options.placement = actors::Placement::shard(shard);
  return spec;
}

/// Closes the listening socket behind a listener's place once it is clear that no listener will
/// come back to it; what is decided after the actor has gone.
void close_when_stopped(const std::shared_ptr<actors::Place>& place,
                        const std::shared_ptr<HttpEndpoint>& endpoint, std::uint32_t shard) {
  place->when_settled([place = std::weak_ptr(place), endpoint = std::weak_ptr(endpoint), shard] {
    const auto at = place.lock();
    const auto from = endpoint.lock();
    if (at && from && at->state() != actors::Place::State::running) from->close_acceptor(shard);
  });
}

}  // namespace

ListenerActor::ListenerActor(std::shared_ptr<HttpEndpoint> endpoint)
    : endpoint_(std::move(endpoint)) {}

// Here and not in a terminate hook, which a killed listener has not.
ListenerActor::~ListenerActor() {
  if (place_) close_when_stopped(place_, endpoint_, shard_);
}

actors::Init ListenerActor::init() {
  if (endpoint_->draining()) return actors::Init::ignore();
  auto acceptor = endpoint_->acceptor_of_this_shard();
  if (!acceptor) return actors::Init::stop(actors::ExitReason::custom(acceptor.error().context));
  server_ = endpoint_->server_of_this_shard();
  place_ = cell().place();
  shard_ = cell().shard().index();
  connections_ = {runtime(), place_->parent()->find("connections")};
  turned_away_ = std::make_shared<TurnedAway>(turning_away());
  background(accept(std::move(*acceptor), hooks()));
  return actors::Init::ok();
}

AcceptHooks ListenerActor::hooks() {
  AcceptHooks hooks;
  hooks.on_connection = [this](Socket socket, Peer peer) {
    take_over(std::move(socket), std::move(peer));
  };
  hooks.on_error = [this](boost::system::error_code error) { accept_failed(error); };
  hooks.on_no_descriptor = [this](Socket socket, const Peer& peer) {
    turned_away_->tell(std::move(socket), peer.address, NoRoom::descriptors);
  };
  return hooks;
}

actors::Task<void> ListenerActor::accept(std::shared_ptr<Acceptor> acceptor, AcceptHooks hooks) {
  co_await actors::run_awaitable(accept_loop(std::move(acceptor), std::move(hooks)));
  if (endpoint_->draining()) co_return;  // the end of the tree is the end of this actor as well
  stop(actors::ExitReason::custom("the listening socket was closed"));
}

void ListenerActor::take_over(Socket socket, Peer peer) {
  ++accepted_;
  auto seat = endpoint_->addresses().take_seat(peer.address);
  if (!seat) {
    return turned_away_->tell(std::move(socket), peer.address, NoRoom::connections_of_address);
  }
  if (!find_room()) {
    return turned_away_->tell(std::move(socket), peer.address, NoRoom::connections);
  }
  auto arrival =
      std::make_shared<Arrival>(std::move(socket), std::move(peer), server_, std::move(*seat));
  connections_.async_call(
      supervisor::StartChild{connection_spec(arrival, shard_)}, kStartTimeout,
      [arrival, turned_away = turned_away_](actors::Result<supervisor::StartedChild> started) {
        if (started || !arrival->socket) return;
        Socket turned = std::move(*arrival->socket);
        arrival->socket.reset();
        turned_away->tell(std::move(turned), arrival->peer.address, NoRoom::connections);
      });
}

/// For a client who has a seat already. Those that make room don't count any more.
bool ListenerActor::find_room() {
  const auto& options = endpoint_->options();
  auto& here = *server_->connections;
  if (endpoint_->addresses().total() <= options.max_connections + here.leaving()) return true;
  const auto ended = here.make_room();
  if (ended > 0 && options.on_room_made) options.on_room_made(ended);
  return ended > 0;
}

TurnedAway::Options ListenerActor::turning_away() const {
  const auto& options = endpoint_->options();
  TurnedAway::Options turning{.connections = server_->connections,
                              .on_refusal = options.on_turned_away,
                              .listener = place_};
  if (options.certificates) {
    turning.handshakes =
        std::make_shared<tls::Handshakes>(tls::Handshakes{.certificates = options.certificates,
                                                          .timeout = kRefusalTimeout,
                                                          .most_at_once = kMostRefusals,
                                                          .on_failure = {}});
  }
  return turning;
}

void ListenerActor::accept_failed(boost::system::error_code error) {
  ++unreported_failures_;
  const auto& report = endpoint_->options().on_accept_error;
  if (!report || now() < next_report_) return;
  next_report_ = now() + kReportEvery;
  report(error, std::exchange(unreported_failures_, 0));
}

std::string ListenerActor::describe() const {
  return "port " + std::to_string(endpoint_->port()) + ", " + std::to_string(accepted_) +
         " accepted, " + std::to_string(turned_away_->count()) + " turned away";
}

}  // namespace coppice::net::server
