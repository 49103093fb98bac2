#include "net/server/http_endpoint.hpp"

#include <algorithm>
#include <iterator>

#include <boost/asio/post.hpp>

#include "actors/shard.hpp"
#include "net/server/certificate_watch.hpp"
#include "net/server/listener_actor.hpp"
#include "net/tls/handshake.hpp"
#include "supervisor/supervisor.hpp"

namespace coppice::net::server {
namespace {

/// Connections that make room for others are there a moment longer.
std::size_t most_with_those_that_leave(std::size_t max_connections) {
  constexpr std::size_t kShare = 8;
  return max_connections + max_connections / kShare + kShare;
}

}  // namespace

HttpEndpoint::HttpEndpoint(actors::Runtime& runtime, HttpOptions options)
    : runtime_(runtime),
      options_(std::move(options)),
      addresses_(
          AddressCounts::make(options_.max_connections_per_address, options_.unlimited_addresses)),
      servers_(runtime.shard_count()),
      acceptors_(runtime.shard_count()) {}

std::shared_ptr<const http::Server> HttpEndpoint::server_of_this_shard() {
  actors::Shard& shard = *actors::Shard::current();
  const std::lock_guard lock(mutex_);
  auto& server = servers_.at(shard.index());
  if (!server) {
    server = std::make_shared<const http::Server>(
        http::Server{.router = options_.router,
                     .connections = Connections::make(shard.io().get_executor()),
                     .limits = options_.limits,
                     .timeouts = options_.timeouts,
                     .on_exception = options_.on_exception,
                     .on_answered = options_.on_answered,
                     .handshakes = make_handshakes()});
    if (draining()) server->connections->drain();
  }
  return server;
}

std::shared_ptr<Connections> HttpEndpoint::connections_of(std::uint32_t shard) const {
  const std::lock_guard lock(mutex_);
  const auto& server = servers_.at(shard);
  return server ? server->connections : nullptr;
}

std::shared_ptr<tls::Handshakes> HttpEndpoint::make_handshakes() const {
  if (!options_.certificates) return nullptr;
  return std::make_shared<tls::Handshakes>(tls::Handshakes{
      .certificates = options_.certificates, .on_failure = options_.on_handshake_failure});
}

// Ours is the first listener on the port only until it has bound it.
ListenOptions HttpEndpoint::listen_options() const {
  ListenOptions options = options_.listen;
  const bool is_first = port() == 0;
  if (!is_first) options.port = port();
  if (servers_.size() > 1) options.sharing = is_first ? Sharing::first : Sharing::joins;
  return options;
}

actors::Result<std::shared_ptr<Acceptor>> HttpEndpoint::acceptor_of_this_shard() {
  actors::Shard& shard = *actors::Shard::current();
  const std::lock_guard lock(mutex_);
  if (draining()) return actors::fail(actors::Errc::shutting_down, "the server is stopping");
  auto& kept = acceptors_.at(shard.index());
  if (kept && kept->is_open()) return kept;
  auto acceptor = listen(shard.io().get_executor(), listen_options());
  if (!acceptor) return std::unexpected(acceptor.error());
  port_.store(acceptor->local_endpoint().port(), std::memory_order_release);
  kept = std::make_shared<Acceptor>(std::move(*acceptor));
  return kept;
}

void HttpEndpoint::close_acceptor(std::uint32_t shard) {
  const std::lock_guard lock(mutex_);
  close_acceptor_locked(shard);
}

void HttpEndpoint::close_acceptor_locked(std::uint32_t shard) {
  auto acceptor = std::exchange(acceptors_.at(shard), nullptr);
  if (!acceptor) return;
  boost::asio::post(runtime_.shard(shard).io(), [acceptor = std::move(acceptor)] {
    boost::system::error_code ignored;
    acceptor->close(ignored);
  });
}

void HttpEndpoint::drain() {
  const std::lock_guard lock(mutex_);
  draining_.store(true, std::memory_order_release);
  for (std::uint32_t i = 0; i < servers_.size(); ++i) {
    close_acceptor_locked(i);
    if (!servers_[i]) continue;
    boost::asio::post(runtime_.shard(i).io(),
                      [connections = servers_[i]->connections] { connections->drain(); });
  }
}

void HttpEndpoint::clear() {
  const std::lock_guard lock(mutex_);
  for (std::uint32_t i = 0; i < servers_.size(); ++i) {
    boost::asio::post(runtime_.shard(i).io(),
                      [server = std::exchange(servers_[i], nullptr),
                       acceptor = std::exchange(acceptors_[i], nullptr)] {});
  }
}

supervisor::ChildSpec http_child(std::shared_ptr<HttpEndpoint> endpoint,
                                 std::vector<supervisor::ChildSpec> services, std::string id) {
  supervisor::SupervisorSpec spec{
      .flags = {.strategy = supervisor::Strategy::rest_for_one, .intensity = {.intensity = 10}},
      .children = {}};
  const auto most = most_with_those_that_leave(endpoint->options().max_connections);
  spec.children.push_back(
      supervisor::dynamic_supervisor_child("connections", {.max_children = most}));
  std::ranges::move(services, std::back_inserter(spec.children));
  const std::uint32_t shards = endpoint->runtime().shard_count();
  for (std::uint32_t i = 0; i < shards; ++i) {
    const std::string name = shards == 1 ? "listener" : "listener-" + std::to_string(i);
    auto listener = supervisor::worker<ListenerActor>(name, endpoint);
    listener.options.placement = actors::Placement::shard(i);
    listener.backoff = supervisor::Backoff{.reset_after = std::chrono::seconds(5)};
    spec.children.push_back(std::move(listener));
  }
  const auto& certificates = endpoint->options().certificates;
  if (certificates && certificates->come_from_files()) {
    spec.children.push_back(supervisor::worker<CertificateWatch>("certificate", endpoint));
  }
  return supervisor::supervisor_child(std::move(id), std::move(spec));
}

}  // namespace coppice::net::server
