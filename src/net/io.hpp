#pragma once

#include <tuple>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

/// The types that all connection code shares. The executor is concrete, not type-erased: that is a
/// third cheaper per suspension.
namespace coppice::net {

/// Where a connection runs: the one-threaded io_context of its shard.
using Executor = boost::asio::io_context::executor_type;

/// A coroutine of connection code. Lazy; awaited once; runs on its shard.
template <class T>
using Awaitable = boost::asio::awaitable<T, Executor>;

/// A connected byte stream, TCP or Unix domain alike.
using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Executor>;

using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;

/// Completion token: `auto [error, n] = co_await socket.async_read_some(buffer, kAsResult);`
inline constexpr boost::asio::as_tuple_t<boost::asio::use_awaitable_t<Executor>> kAsResult{};

/// Whether somebody has cancelled the coroutine that this is the state of:
/// `const auto state = co_await this_coro::cancellation_state;`. As is_cancelled(), without its
/// cost.
inline bool is_set(const boost::asio::cancellation_state& state) noexcept {
  return state.cancelled() != boost::asio::cancellation_type::none;
}

/// True once somebody has cancelled the running coroutine. A loop asks at each turn: a cancellation
/// that comes while nothing is awaited is not seen by the next operation.
inline Awaitable<bool> is_cancelled() {
  const auto state = co_await boost::asio::this_coro::cancellation_state;
  co_return is_set(state);
}

}  // namespace coppice::net
