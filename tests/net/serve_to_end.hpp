#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <utility>

#include <boost/asio/basic_waitable_timer.hpp>

#include "net/http/session.hpp"
#include "net/io.hpp"

namespace coppice::net::testing {

/// Waits in a coroutine for the end of something that has none: `begin` gets what to call then.
/// Gives up when it is cancelled.
template <class Begin>
Awaitable<void> until_end(Executor executor, Begin begin) {
  using Timer = boost::asio::basic_waitable_timer<
      std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;
  Timer ended(executor, std::chrono::steady_clock::time_point::max());
  std::exception_ptr failure;
  const auto successor = begin([&](std::exception_ptr bug) {
    failure = std::move(bug);
    ended.cancel();
  });
  co_await ended.async_wait(kAsResult);
  successor->cut();
  if (failure) std::rethrow_exception(failure);
}

/// Serves a connection, whatever an upgrade makes of it included.
inline Awaitable<void> serve_to_end(Socket socket, Peer peer,
                                    std::shared_ptr<const http::Server> server) {
  const auto executor = socket.get_executor();
  auto handover = co_await http::serve(std::move(socket), std::move(peer), std::move(server));
  if (handover) co_await until_end(executor, std::move(handover));
}

}  // namespace coppice::net::testing
