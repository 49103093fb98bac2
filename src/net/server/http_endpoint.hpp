#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "actors/address.hpp"
#include "net/address_range.hpp"
#include "net/http/session.hpp"
#include "net/listener.hpp"
#include "net/server/address_counts.hpp"
#include "net/server/turned_away.hpp"
#include "net/tls/certificates.hpp"
#include "supervisor/dynamic_supervisor.hpp"

namespace coppice::net::server {

struct HttpOptions {
  ListenOptions listen;
  http::Limits limits;
  http::Timeouts timeouts;
  std::shared_ptr<const http::Router> router;
  std::function<void(const http::Request&, std::exception_ptr)> on_exception;
  std::function<void(const http::Request&, const http::Outcome&)> on_answered;  ///< Any shard.
  /// Clients could not be accepted, @p count times since this was last said: every few seconds at
  /// the most, by each listener.
  std::function<void(boost::system::error_code error, std::uint64_t count)> on_accept_error;
  /// With them clients speak TLS, and a child of `http` watches the files.
  std::shared_ptr<tls::Certificates> certificates;
  /// A certificate that was found to be new is in use, and which; or why it isn't, and the one
  /// before goes on. Must not throw.
  std::function<void(const actors::Result<std::string>& loaded)> on_certificate;
  /// A client was turned away for want of room. Any shard; must not throw.
  std::function<void(const Refusal&)> on_turned_away;
  /// A client's TLS handshake has failed, and why. Any shard; must not throw.
  std::function<void(const std::string& why)> on_handshake_failure;
  /// Idle connections were ended to make room for others, so many. Any shard; must not throw.
  std::function<void(std::size_t count)> on_room_made;
  /// Those that come when there are so many take the place of the one on their shard that has been
  /// idle for longest. If there is none they are answered 503 and closed.
  std::size_t max_connections = 10'000;
  /// More from one address (of IPv6, from one /64) are answered 429 and closed. 0 for no limit.
  std::size_t max_connections_per_address = 0;
  /// Addresses that may have any number of them: proxies, whose clients are many.
  std::vector<AddressRange> unlimited_addresses;
};

/// What outlives the listeners' incarnations: the port they share, each shard's listening socket,
/// so that clients which come while a listener restarts wait in its queue, and each shard's set of
/// connections.
///
/// Thread: any, unless a member says otherwise.
class HttpEndpoint {
 public:
  HttpEndpoint(actors::Runtime& runtime, HttpOptions options);

  [[nodiscard]] const HttpOptions& options() const noexcept { return options_; }
  [[nodiscard]] actors::Runtime& runtime() const noexcept { return runtime_; }

  /// The port in use; 0 before the first listener has bound it.
  [[nodiscard]] std::uint16_t port() const noexcept {
    return port_.load(std::memory_order_acquire);
  }

  /// The calling shard's listening socket, opened on first use. Thread: a shard's. Errors: as
  /// listen(); shutting_down once the server drains.
  [[nodiscard]] actors::Result<std::shared_ptr<Acceptor>> acceptor_of_this_shard();

  /// The connections of each address, over all shards.
  [[nodiscard]] AddressCounts& addresses() noexcept { return *addresses_; }

  /// What the sessions of the calling shard share; made on first use. Thread: a shard's.
  [[nodiscard]] std::shared_ptr<const http::Server> server_of_this_shard();

  /// The connections of a shard, to be used there only; null if it has had none.
  [[nodiscard]] std::shared_ptr<Connections> connections_of(std::uint32_t shard) const;

  /// Closes a shard's listening socket: nobody will accept there for the time being, and clients
  /// must not wait for it. The next listener opens a new one. Does not wait.
  void close_acceptor(std::uint32_t shard);

  /// Lets no more clients in, whatever state the listeners are in, and tells every connection to
  /// end as soon as is polite. Does not wait.
  void drain();
  [[nodiscard]] bool draining() const noexcept { return draining_.load(std::memory_order_acquire); }

  /// Drops what belongs to the shards' io_contexts, on those shards' own threads or, if they have
  /// ended, with them. Does not wait.
  void clear();

 private:
  [[nodiscard]] std::shared_ptr<tls::Handshakes> make_handshakes() const;
  [[nodiscard]] ListenOptions listen_options() const;
  void close_acceptor_locked(std::uint32_t shard);

  actors::Runtime& runtime_;
  const HttpOptions options_;
  const std::shared_ptr<AddressCounts> addresses_;
  std::atomic<std::uint16_t> port_{0};
  std::atomic<bool> draining_{false};                         // written under the mutex
  mutable std::mutex mutex_;                                  // guards what follows
  std::vector<std::shared_ptr<const http::Server>> servers_;  // by shard
  std::vector<std::shared_ptr<Acceptor>> acceptors_;          // by shard
};

/// The `http` subtree, or one of another name: connections, then what serves their requests, then
/// one listener for each shard. rest_for_one, so that a crash of a listener leaves the connections
/// alone.
[[nodiscard]] supervisor::ChildSpec http_child(std::shared_ptr<HttpEndpoint> endpoint,
                                               std::vector<supervisor::ChildSpec> services = {},
                                               std::string id = "http");

}  // namespace coppice::net::server
