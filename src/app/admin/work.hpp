#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

#include <boost/asio/thread_pool.hpp>

#include "actors/result.hpp"
#include "net/http/response.hpp"
#include "net/io.hpp"

namespace coppice::app::admin {

/// Threads for what operators ask for that blocks, so that the admin socket goes on answering. Jobs
/// of one kind wait for nobody of the other: orders to supervisors can take long, and looking shows
/// what holds them up.
///
/// A job must share what it needs: the request may be given up before it ends, as when /admin is to
/// restart itself.
///
/// Thread: any. Must outlive what waits for it.
class Work {
 public:
  using Job = std::function<net::http::Response()>;

  /// More than the dashboard takes at once, so that the admin socket has some, too.
  static constexpr std::size_t kLookThreads = 4;
  static constexpr std::size_t kMaxOrders = 4;

  /// Runs what is soon done.
  [[nodiscard]] net::Awaitable<net::http::Response> look(Job job);

  /// Runs what nobody waits for, and is soon done. At the end of it what hasn't begun is dropped.
  void later(std::function<void()> job);

  /// Runs what may take long. 503 while kMaxOrders are under way.
  [[nodiscard]] net::Awaitable<net::http::Response> order(Job job);

 private:
  using Start = std::function<actors::Result<void>(std::function<void()> job)>;

  static net::Awaitable<net::http::Response> run(Start start, Job job);
  [[nodiscard]] actors::Result<void> start_order(std::function<void()> job);

  std::atomic<std::size_t> orders_under_way_{0};
  boost::asio::thread_pool look_threads_{kLookThreads};
  boost::asio::thread_pool order_threads_{kMaxOrders};
};

/// The answer to a failed request. Operators are told the reason whatever the status: nobody else
/// hears it.
[[nodiscard]] net::http::Response explained(const actors::Error& error);

/// The answer to an order: `{"ok":true}`, or what went wrong.
[[nodiscard]] net::http::Response done(const actors::Result<void>& result);

/// The answer to a question, in JSON, or what went wrong.
[[nodiscard]] net::http::Response answered(actors::Result<std::string> json);

}  // namespace coppice::app::admin
