#include "net/listener.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/detail/socket_option.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include "actors/shard.hpp"

namespace coppice::net {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
using BackOffTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// Throws boost::system::system_error.
Acceptor open_and_listen(const Executor& executor, const tcp::endpoint& endpoint,
                         const ListenOptions& options) {
  Acceptor acceptor(executor, endpoint.protocol());
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  if (options.sharing == Sharing::joins) acceptor.set_option(ReusePort(true));
  if (endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(false));
  acceptor.bind(endpoint);
  // Not before: the kernel would let the first of this process join those of another.
  if (options.sharing == Sharing::first) acceptor.set_option(ReusePort(true));
  acceptor.listen(options.backlog);
  acceptor.non_blocking(true);  // for the clients that are turned away; see turn_one_away()
  return acceptor;
}

/// What to try in order: on a machine without IPv6, "::" means every IPv4 address.
std::vector<asio::ip::address> candidates(const asio::ip::address& address) {
  if (address == asio::ip::address_v6::any()) return {address, asio::ip::address_v4::any()};
  return {address};
}

std::string shown(const asio::ip::address& address, std::uint16_t port) {
  const std::string text = address.to_string();
  return (address.is_v6() ? "[" + text + "]" : text) + ":" + std::to_string(port);
}

std::string advice(const error_code& error, std::uint16_t port) {
  if (error == asio::error::address_in_use) {
    return "port " + std::to_string(port) +
           " is already in use; stop the process that listens there or choose another PORT";
  }
  if (error == asio::error::access_denied) {
    return "this user may not listen on port " + std::to_string(port) +
           "; choose a PORT of 1024 or above";
  }
  return error.message();
}

bool ipv6_is_missing(const error_code& error) {
  return error == asio::error::address_family_not_supported ||
         error == boost::system::errc::address_not_available;
}

Peer peer_of(const tcp::endpoint& endpoint) {
  auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return Peer{address, endpoint.port()};
}

/// A client that went away again before it was accepted says nothing about the listener.
bool concerns_one_client(const error_code& error) {
  return error == asio::error::connection_aborted || error == asio::error::connection_reset ||
         error == boost::system::errc::protocol_error;
}

bool says_no_descriptor(const error_code& error) {
  return error == asio::error::no_descriptors ||
         error == boost::system::errc::too_many_files_open_in_system;
}

using TcpSocket = asio::basic_stream_socket<tcp, Executor>;

void prepare(TcpSocket& socket) {
  error_code ignored;  // the connection works without, or is gone, which the session will see
  socket.non_blocking(true, ignored);
  socket.set_option(tcp::no_delay(true), ignored);
}

/// A descriptor that is kept back for the moment when there are no others.
class SpareDescriptor {
 public:
  SpareDescriptor() noexcept { refill(); }
  SpareDescriptor(const SpareDescriptor&) = delete;
  SpareDescriptor& operator=(const SpareDescriptor&) = delete;
  ~SpareDescriptor() { release(); }

  /// Makes it free for use. False if there is none.
  bool release() noexcept {
    if (file_ < 0) return false;
    close(std::exchange(file_, -1));
    return true;
  }

  void refill() noexcept {
    if (file_ < 0) file_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
  }

 private:
  int file_ = -1;
};

/// Accepts who has waited longest, only to send him away. False if nobody waits, or it can't.
bool turn_one_away(Acceptor& acceptor, SpareDescriptor& spare, const AcceptHooks& hooks) {
  if (!hooks.on_no_descriptor || !spare.release()) return false;
  error_code error;
  TcpSocket socket(acceptor.get_executor());
  tcp::endpoint endpoint;
  acceptor.accept(socket, endpoint, error);
  if (!error) {
    prepare(socket);
    hooks.on_no_descriptor(Socket(std::move(socket)), peer_of(endpoint));
  }
  spare.refill();
  return !error;
}

}  // namespace

actors::Result<Acceptor> listen(const Executor& executor, const ListenOptions& options) {
  return listen(executor, options, open_and_listen);
}

actors::Result<Acceptor> listen(const Executor& executor, const ListenOptions& options,
                                const OpenAcceptor& open) {
  error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) {
    return actors::fail(actors::Errc::invalid_argument,
                        "\"" + options.address + "\" is not a numeric IP address");
  }
  for (const auto& candidate : candidates(address)) {
    try {
      return open(executor, {candidate, options.port}, options);
    } catch (const boost::system::system_error& failure) {
      error = failure.code();
    }
    if (!ipv6_is_missing(error)) break;
  }
  return actors::fail(actors::Errc::io_error, "cannot listen on " + shown(address, options.port) +
                                                  ": " + advice(error, options.port));
}

Awaitable<void> accept_loop(std::shared_ptr<Acceptor> acceptor, AcceptHooks hooks) {
  co_await asio::this_coro::throw_if_cancelled(false);
  BackOffTimer pause(acceptor->get_executor());
  SpareDescriptor spare;
  for (;;) {
    const bool cancelled = co_await is_cancelled();
    if (cancelled || !acceptor->is_open()) co_return;
    tcp::endpoint endpoint;
    auto [error, socket] = co_await acceptor->async_accept(endpoint, kAsResult);
    actors::Shard::stir();
    if (!error) {
      prepare(socket);
      hooks.on_connection(Socket(std::move(socket)), peer_of(endpoint));
      continue;
    }
    if (error == asio::error::operation_aborted || concerns_one_client(error)) continue;
    if (hooks.on_error) hooks.on_error(error);
    if (says_no_descriptor(error)) {
      const bool one_less_waits = turn_one_away(*acceptor, spare, hooks);
      if (one_less_waits) continue;
      spare.refill();
    }
    pause.expires_after(hooks.back_off);
    co_await pause.async_wait(kAsResult);
  }
}

}  // namespace coppice::net
