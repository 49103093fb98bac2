#include "app/admin/admin_api.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

#include "app/http/query_parameters.hpp"

namespace coppice::app::admin {
namespace {

using actors::Result;
using http::QueryParameters;
using net::Awaitable;
using net::http::RequestPtr;
using net::http::Response;
using net::http::Status;
using ControlPtr = std::shared_ptr<Control>;
using Action = Result<void> (Control::*)(const std::string& path);

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
                        std::move(handler)(std::move(response));
                      });
    handler_.reset();
  }

 private:
  std::mutex mutex_;
  boost::asio::associated_executor_t<Handler> executor_;
  std::optional<Handler> handler_;
};

/// Runs @p work on one of the control's threads, since it blocks, and comes back with its result,
/// or without it if the wait is cancelled.
Awaitable<Response> run_blocking(ControlPtr control, std::function<Response()> work) {
  auto initiate = [](auto handler, ControlPtr threads, std::function<Response()> job) {
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    auto waiting = std::make_shared<Waiting<decltype(handler)>>(std::move(handler));
    if (slot.is_connected()) {
      slot.assign([waiting](boost::asio::cancellation_type /*type*/) {
        waiting->complete(Response::error(Status::service_unavailable));
      });
    }
    boost::asio::post(threads->threads(),
                      [waiting, threads, job = std::move(job)] { waiting->complete(job()); });
  };
  auto under_way =
      boost::asio::async_initiate<const boost::asio::use_awaitable_t<net::Executor>,
                                  void(Response)>(initiate, kAwait, control, std::move(work));
  co_return co_await std::move(under_way);
}

Response done(const Result<void>& result) {
  return result ? Response::json(Status::ok, R"({"ok":true})") : Response::error(result.error());
}

Result<std::string> path_of(const net::http::Request& request) {
  const auto parameters = QueryParameters::of(request, {"path"});
  if (!parameters) return std::unexpected(parameters.error());
  auto path = parameters->text("path");
  if (path && path->empty()) {
    return actors::fail(actors::Errc::invalid_argument, "parameter path is missing");
  }
  return path;
}

Awaitable<Response> tree(ControlPtr control, RequestPtr /*request*/) {
  co_return Response::json(Status::ok, control->tree());
}

Awaitable<Response> actor(ControlPtr control, RequestPtr request) {
  const auto path = path_of(*request);
  if (!path) co_return Response::error(path.error());
  std::function<Response()> work = [control, path = *path] {
    auto body = control->inspect(path);
    return body ? Response::json(Status::ok, std::move(*body)) : Response::error(body.error());
  };
  co_return co_await run_blocking(control, std::move(work));
}

Awaitable<Response> act(ControlPtr control, Action action, RequestPtr request) {
  const auto path = path_of(*request);
  if (!path) co_return Response::error(path.error());
  std::function<Response()> work = [control, action, path = *path] {
    return done(((*control).*action)(path));
  };
  co_return co_await run_blocking(control, std::move(work));
}

Awaitable<Response> stop_server(ControlPtr control, RequestPtr /*request*/) {
  control->stop_server();
  co_return Response::json(Status::accepted, R"({"ok":true})");
}

net::http::Handler bind(ControlPtr control, Awaitable<Response> (*handle)(ControlPtr, RequestPtr)) {
  return [control = std::move(control), handle](RequestPtr request) {
    return handle(control, std::move(request));
  };
}

net::http::Handler bind(ControlPtr control, Action action) {
  return [control = std::move(control), action](RequestPtr request) {
    return act(control, action, std::move(request));
  };
}

}  // namespace

std::vector<net::http::Route> admin_routes(ControlPtr control) {
  using net::http::get;
  using net::http::post;
  return {
      get("/v1/tree", bind(control, tree)),
      get("/v1/actor", bind(control, actor)),
      post("/v1/restart", bind(control, &Control::restart)),
      post("/v1/stop", bind(control, &Control::stop)),
      post("/v1/suspend", bind(control, &Control::suspend)),
      post("/v1/resume", bind(control, &Control::resume)),
      post("/v1/crash", bind(control, &Control::crash)),
      post("/v1/server/stop", bind(control, stop_server)),
  };
}

}  // namespace coppice::app::admin
