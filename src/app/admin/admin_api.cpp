#include "app/admin/admin_api.hpp"

#include <cstdint>
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
#include "app/metrics/exposition.hpp"
#include "net/encoding.hpp"

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

/// Which of the control's threads do the work: what supervisors do can take long, the rest not.
enum class Kind : std::uint8_t { look, order };

/// Operators are told the reason whatever the status: nobody else hears it.
Response explained(const actors::Error& error) {
  auto response = Response::error(error);
  const std::string why = error.context.empty() ? error.message() : error.context;
  response.body = Response::error(response.status, why).body;
  return response;
}

/// Runs @p work on one of the control's threads, since it blocks, and comes back with its result,
/// or without it if the wait is cancelled.
Awaitable<Response> run_blocking(ControlPtr control, Kind kind, std::function<Response()> work) {
  auto initiate = [kind](auto handler, ControlPtr threads, std::function<Response()> job) {
    auto slot = boost::asio::get_associated_cancellation_slot(handler);
    auto waiting = std::make_shared<Waiting<decltype(handler)>>(std::move(handler));
    if (slot.is_connected()) {
      slot.assign([waiting](boost::asio::cancellation_type /*type*/) {
        waiting->complete(Response::error(Status::service_unavailable));
      });
    }
    auto run = [waiting, threads, job = std::move(job)] { waiting->complete(job()); };
    if (kind == Kind::look) return threads->run_look(std::move(run));
    if (auto begun = threads->run_order(std::move(run)); !begun) {
      waiting->complete(explained(begun.error()));
    }
  };
  auto under_way =
      boost::asio::async_initiate<const boost::asio::use_awaitable_t<net::Executor>,
                                  void(Response)>(initiate, kAwait, control, std::move(work));
  co_return co_await std::move(under_way);
}

Response done(const Result<void>& result) {
  return result ? Response::json(Status::ok, R"({"ok":true})") : explained(result.error());
}

Result<std::string> path_of(const net::http::Request& request) {
  const QueryParameters parameters(request);
  if (auto allowed = parameters.allow_only({"path"}); !allowed) {
    return std::unexpected(allowed.error());
  }
  auto path = parameters.text("path");
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
    return body ? Response::json(Status::ok, std::move(*body)) : explained(body.error());
  };
  co_return co_await run_blocking(control, Kind::look, std::move(work));
}

Awaitable<Response> act(ControlPtr control, Kind kind, Action action, RequestPtr request) {
  const auto path = path_of(*request);
  if (!path) co_return Response::error(path.error());
  std::function<Response()> work = [control, action, path = *path] {
    return done(((*control).*action)(path));
  };
  co_return co_await run_blocking(control, kind, std::move(work));
}

Awaitable<Response> restore_backup(ControlPtr control, RequestPtr request) {
  const QueryParameters parameters(*request);
  if (auto allowed = parameters.allow_only({"backup", "database"}); !allowed) {
    co_return Response::error(allowed.error());
  }
  const auto which = parameters.text("backup");
  if (!which) co_return Response::error(which.error());
  if (which->empty()) {
    const actors::Error missing(actors::Errc::invalid_argument, "parameter backup is missing");
    co_return Response::error(missing);
  }
  const auto database = parameters.text("database");
  if (!database) co_return Response::error(database.error());
  std::function<Response()> work = [control, which = *which, database = *database] {
    auto body = control->restore_backup(which, database);
    return body ? Response::json(Status::ok, std::move(*body)) : explained(body.error());
  };
  co_return co_await run_blocking(control, Kind::order, std::move(work));
}

Awaitable<Response> run_command(ControlPtr control, RequestPtr request) {
  const QueryParameters parameters(*request);
  if (auto allowed = parameters.allow_only({"name", "arguments", "database"}); !allowed) {
    co_return Response::error(allowed.error());
  }
  const auto name = parameters.text("name");
  if (!name) co_return Response::error(name.error());
  const auto written = parameters.text("arguments");
  if (!written) co_return Response::error(written.error());
  const auto database = parameters.text("database");
  if (!database) co_return Response::error(database.error());
  auto arguments = net::base64_decode(*written);
  if (!arguments) {
    co_return Response::error(Status::bad_request, "parameter arguments must be base64");
  }
  const db::Command command{
      .name = *name, .arguments = std::move(*arguments), .idempotency_key = {}};
  std::function<Response()> work = [control, command, database = *database] {
    const auto reply = control->run_command(command, database);
    return reply ? Response::text(Status::ok, net::base64_encode(*reply))
                 : explained(reply.error());
  };
  co_return co_await run_blocking(control, Kind::look, std::move(work));
}

Awaitable<Response> reindex(ControlPtr control, RequestPtr request) {
  const QueryParameters parameters(*request);
  if (auto allowed = parameters.allow_only({"database"}); !allowed) {
    co_return Response::error(allowed.error());
  }
  const auto database = parameters.text("database");
  if (!database) co_return Response::error(database.error());
  std::function<Response()> work = [control, database = *database] {
    auto body = control->reindex(database);
    return body ? Response::json(Status::ok, std::move(*body)) : explained(body.error());
  };
  co_return co_await run_blocking(control, Kind::order, std::move(work));
}

Awaitable<Response> metrics_of_server(ControlPtr control, RequestPtr /*request*/) {
  std::function<Response()> work = [control] {
    auto text = control->metrics();
    if (!text) return explained(text.error());
    auto response = Response::text(Status::ok, *std::move(text));
    response.headers.set("content-type", metrics::Exposition::kContentType);
    return response;
  };
  co_return co_await run_blocking(control, Kind::look, std::move(work));
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

net::http::Handler bind(ControlPtr control, Kind kind, Action action) {
  return [control = std::move(control), kind, action](RequestPtr request) {
    return act(control, kind, action, std::move(request));
  };
}

}  // namespace

net::http::Routes admin_routes(ControlPtr control) {
  using net::http::get;
  using net::http::post;
  return {
      get("/v1/tree", bind(control, tree)),
      get("/v1/actor", bind(control, actor)),
      get("/v1/metrics", bind(control, metrics_of_server)),
      post("/v1/restart", bind(control, Kind::order, &Control::restart)),
      post("/v1/stop", bind(control, Kind::order, &Control::stop)),
      post("/v1/suspend", bind(control, Kind::look, &Control::suspend)),
      post("/v1/resume", bind(control, Kind::look, &Control::resume)),
      post("/v1/crash", bind(control, Kind::look, &Control::crash)),
      post("/v1/server/stop", bind(control, stop_server)),
      post("/v1/backups/restore", bind(control, restore_backup)),
      post("/v1/command", bind(control, run_command)),
      post("/v1/database/reindex", bind(control, reindex)),
  };
}

}  // namespace coppice::app::admin
