#include "app/admin/work.hpp"

#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "actors/throw_trace.hpp"
#include "app/crashes/handler_crashes.hpp"
#include "app/log_scope.hpp"
#include "net/connection_link.hpp"

namespace coppice::app::admin {
namespace {

using actors::Errc;
using actors::Result;
using net::http::Response;
using net::http::Status;

constexpr boost::asio::use_awaitable_t<net::Executor> kAwait{};

/// A handler of Asio's that is completed once, by whoever is first: the work's end or the
/// cancellation of the wait. The work may outlive the actor that asked for it, as when admin is to
/// restart itself, and then touches nothing of it.
///
/// Thread: any.
template <class Handler>
class Waiting {
 public:
  explicit Waiting(Handler handler)
      : executor_(boost::asio::get_associated_executor(handler)), handler_(std::move(handler)) {}

  void complete(Response response) {
    const std::lock_guard lock(mutex_);
    if (!handler_) return;
    // With the lock held: as long as the handler waits, so does its actor, and has an io_context.
    boost::asio::post(executor_,
                      [handler = std::move(*handler_), response = std::move(response)]() mutable {
                        actors::Shard::stir();
                        std::move(handler)(std::move(response));
                      });
    handler_.reset();
  }

 private:
  std::mutex mutex_;
  boost::asio::associated_executor_t<Handler> executor_;
  std::optional<Handler> handler_;
};

/// Has throws on this thread leave their stacks, as they do on those of shards.
void record_throws() {
  thread_local bool recording = false;
  if (!std::exchange(recording, true)) actors::ThrowTrace::enable(true);
}

}  // namespace

/// What a job throws must not end the server.
Work::Job Work::guarded(const net::http::Request& request, Job job) const {
  return [crashes = crashes_, name = crashes::handler_of(request), link = request.peer.link,
          job = std::move(job)] {
    record_throws();
    const LogScope about({.actor = net::path_of(link), .request_id = name.request_id});
    try {
      return job();
    } catch (const std::exception& error) {
      crashes->report(name.route, std::current_exception(), name.detail, name.request_id);
      return explained({Errc::internal, error.what()});
    } catch (...) {
      crashes->report(name.route, std::current_exception(), name.detail, name.request_id);
      return Response::error(Status::internal_server_error);
    }
  };
}

net::Awaitable<Response> Work::look(const net::http::Request& request, Job job) {
  return run(
      [this](std::function<void()> begin) -> Result<void> {
        boost::asio::post(look_threads_, std::move(begin));
        return {};
      },
      guarded(request, std::move(job)));
}

void Work::later(std::string route, std::function<void()> job) {
  boost::asio::post(
      look_threads_, [crashes = crashes_, route = std::move(route), job = std::move(job)] {
        record_throws();
        try {
          job();
        } catch (...) {
          crashes->report(route, std::current_exception(), "what was to be done after it");
        }
      });
}

net::Awaitable<Response> Work::question(const net::http::Request& request, Job job) {
  return run_at(questions_, request, std::move(job));
}

net::Awaitable<Response> Work::order(const net::http::Request& request, Job job) {
  return run_at(orders_, request, std::move(job));
}

net::Awaitable<Response> Work::run_at(Desk& desk, const net::http::Request& request, Job job) {
  return run([&desk](std::function<void()> begin) { return desk.start(std::move(begin)); },
             guarded(request, std::move(job)));
}

/// Comes back with the job's result, or without it if the wait is cancelled.
net::Awaitable<Response> Work::run(Start start, Job job) {
  auto initiate = [](auto handler, const Start& begin, Job what) {
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    auto waiting = std::make_shared<Waiting<decltype(handler)>>(std::move(handler));
    if (slot.is_connected()) {
      slot.assign([waiting](boost::asio::cancellation_type /*type*/) {
        waiting->complete(Response::error(Status::service_unavailable));
      });
    }
    auto begun = begin([waiting, what = std::move(what)] { waiting->complete(what()); });
    if (!begun) waiting->complete(explained(begun.error()));
  };
  auto under_way = boost::asio::async_initiate<const boost::asio::use_awaitable_t<net::Executor>,
                                               void(Response)>(initiate, kAwait, std::move(start),
                                                               std::move(job));
  co_return co_await std::move(under_way);
}

Result<void> Work::Desk::start(std::function<void()> job) {
  if (under_way_.fetch_add(1) >= most_) {
    --under_way_;
    return actors::fail(Errc::overloaded,
                        fmt::format("{} {} are under way already; see what they wait for, or try "
                                    "again later",
                                    most_, what_));
  }
  boost::asio::post(threads_, [this, job = std::move(job)] {
    job();
    --under_way_;
  });
  return {};
}

Response explained(const actors::Error& error) {
  auto response = Response::error(error);
  const std::string why = error.context.empty() ? error.message() : error.context;
  response.body = Response::error(response.status, why).body;
  return response;
}

Response done(const Result<void>& result) {
  return result ? Response::json(Status::ok, R"({"ok":true})") : explained(result.error());
}

Response answered(Result<std::string> json) {
  return json ? Response::json(Status::ok, *std::move(json)) : explained(json.error());
}

}  // namespace coppice::app::admin
