#include "net/unix_listener.hpp"

#include <cstring>
#include <optional>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/steady_timer.hpp>

#include "actors/shard.hpp"

namespace coppice::net {
namespace {

using actors::Errc;
using actors::fail;
using Protocol = boost::asio::local::stream_protocol;

constexpr std::size_t kLongestPath = sizeof(sockaddr_un::sun_path) - 1;
constexpr auto kPauseAfterFailure = std::chrono::milliseconds(100);

bool somebody_listens(const Executor& executor, const std::string& path) {
  boost::asio::basic_stream_socket<Protocol, Executor> probe(executor);
  boost::system::error_code error;
  probe.connect(Protocol::endpoint(path), error);
  return !error;
}

UnixPeer peer_of(Socket& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  const bool is_known =
      getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
  if (!is_known) return {};
  return {.is_ours = peer.uid == geteuid() || peer.uid == 0, .uid = peer.uid, .pid = peer.pid};
}

std::unexpected<actors::Error> failed(const std::string& path, const std::string& what) {
  return fail(Errc::io_error, "the admin socket " + path + " can't be used: " + what);
}

/// A socket made while the mask is in force is nobody else's, not even for a moment.
class PrivateFiles {
 public:
  PrivateFiles() noexcept : before_(umask(0177)) {}
  PrivateFiles(const PrivateFiles&) = delete;
  PrivateFiles& operator=(const PrivateFiles&) = delete;
  ~PrivateFiles() { umask(before_); }

 private:
  mode_t before_;
};

}  // namespace

actors::Result<UnixAcceptor> listen_unix(const Executor& executor, const std::string& path) {
  if (path.empty() || path.size() > kLongestPath) {
    return fail(Errc::invalid_argument, "the admin socket's path must have 1 to " +
                                            std::to_string(kLongestPath) + " bytes: " + path);
  }
  struct stat status{};
  if (lstat(path.c_str(), &status) == 0) {
    if (!S_ISSOCK(status.st_mode)) return failed(path, "there is another file of that name");
    if (somebody_listens(executor, path)) {
      return fail(Errc::conflict, "another server listens on the admin socket " + path +
                                      ": stop it, or set ADMIN_SOCKET to another path");
    }
    if (unlink(path.c_str()) != 0) return failed(path, std::strerror(errno));
  }
  UnixAcceptor acceptor(executor);
  boost::system::error_code error;
  acceptor.open(Protocol(), error);
  if (error) return failed(path, error.message());
  {
    const PrivateFiles only_ours;
    acceptor.bind(Protocol::endpoint(path), error);
  }
  if (error) return failed(path, error.message() + "; set ADMIN_SOCKET to another path");
  acceptor.listen(boost::asio::socket_base::max_listen_connections, error);
  if (error) return failed(path, error.message());
  return acceptor;
}

Awaitable<void> accept_unix(UnixAcceptor acceptor,
                            std::function<void(Socket, UnixPeer)> on_connection) {
  const auto executor = co_await boost::asio::this_coro::executor;
  while (true) {
    if (co_await is_cancelled()) co_return;
    auto [error, accepted] = co_await acceptor.async_accept(kAsResult);
    actors::Shard::stir();
    if (error == boost::asio::error::operation_aborted) co_return;
    if (error) {
      boost::asio::basic_waitable_timer<
          std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>
          pause(executor, kPauseAfterFailure);
      std::ignore = co_await pause.async_wait(kAsResult);
      continue;
    }
    Socket socket(std::move(accepted));
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    const auto peer = peer_of(socket);
    on_connection(std::move(socket), peer);
  }
}

}  // namespace coppice::net
