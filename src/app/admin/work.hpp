#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/thread_pool.hpp>

#include "actors/result.hpp"
#include "app/crashes/part_crashes.hpp"
#include "net/http/request.hpp"
#include "net/http/response.hpp"
#include "net/io.hpp"

namespace coppice::app::admin {

/// Threads for what operators ask for that blocks, so that the admin socket goes on answering. Jobs
/// of one kind wait for nobody of the others: orders to supervisors can take long, an actor that is
/// stuck answers nobody for some seconds, and looking shows what holds them up.
///
/// A job must share what it needs: the request may be given up before it ends, as when /admin is to
/// restart itself.
///
/// The lines that a job logs have the request's id. What it throws is its own: it is told as a
/// crash of the request's handler, and answered 500 with what it said.
///
/// Thread: any. Must outlive what waits for it.
class Work {
 public:
  using Job = std::function<net::http::Response()>;

  /// More than the dashboard takes at once, so that the admin socket has some, too.
  static constexpr std::size_t kLookThreads = 4;
  static constexpr std::size_t kMaxQuestions = 4;
  static constexpr std::size_t kMaxOrders = 4;

  /// @param crashes  Is told what jobs throw.
  explicit Work(crashes::PartCrashesPtr crashes) : crashes_(std::move(crashes)) {}

  /// Runs for @p request what is soon done, whatever state the actors are in.
  [[nodiscard]] net::Awaitable<net::http::Response> look(const net::http::Request& request,
                                                         Job job);

  /// Runs what nobody waits for, and is soon done. At the end of it what hasn't begun is dropped.
  /// @param route  Of the request that it belongs to: "POST /v1/trace".
  void later(std::string route, std::function<void()> job);

  /// Runs for @p request what waits some seconds for an actor's answer, should that not come. 503
  /// while kMaxQuestions are under way.
  [[nodiscard]] net::Awaitable<net::http::Response> question(const net::http::Request& request,
                                                             Job job);

  /// Runs for @p request what may take long. 503 while kMaxOrders are under way.
  [[nodiscard]] net::Awaitable<net::http::Response> order(const net::http::Request& request,
                                                          Job job);

 private:
  using Start = std::function<actors::Result<void>(std::function<void()> job)>;

  /// Refuses what it has no thread for.
  class Desk {
   public:
    /// @param what  Is under way while there are @p most, for who is refused.
    Desk(std::size_t most, std::string_view what) : most_(most), what_(what), threads_(most) {}

    [[nodiscard]] actors::Result<void> start(std::function<void()> job);

   private:
    const std::size_t most_;
    const std::string_view what_;
    std::atomic<std::size_t> under_way_{0};
    boost::asio::thread_pool threads_;
  };

  [[nodiscard]] Job guarded(const net::http::Request& request, Job job) const;
  static net::Awaitable<net::http::Response> run(Start start, Job job);
  net::Awaitable<net::http::Response> run_at(Desk& desk, const net::http::Request& request,
                                             Job job);

  const crashes::PartCrashesPtr crashes_;
  boost::asio::thread_pool look_threads_{kLookThreads};
  Desk questions_{kMaxQuestions, "requests that wait for an actor's answer"};
  Desk orders_{kMaxOrders, "orders to restart or stop"};
};

/// The answer to a failed request. Operators are told the reason whatever the status: nobody else
/// hears it.
[[nodiscard]] net::http::Response explained(const actors::Error& error);

/// The answer to an order: `{"ok":true}`, or what went wrong.
[[nodiscard]] net::http::Response done(const actors::Result<void>& result);

/// The answer to a question, in JSON, or what went wrong.
[[nodiscard]] net::http::Response answered(actors::Result<std::string> json);

}  // namespace coppice::app::admin
