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
#include <spdlog/spdlog.h>

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
                        std::move(handler)(std::move(response));
                      });
    handler_.reset();
  }

 private:
  std::mutex mutex_;
  boost::asio::associated_executor_t<Handler> executor_;
  std::optional<Handler> handler_;
};

/// What a job throws is its own: it must not end the server.
Response answer_of(const Work::Job& job) {
  try {
    return job();
  } catch (const std::exception& error) {
    SPDLOG_ERROR("an operator's request failed: {}", error.what());
    return explained({Errc::internal, error.what()});
  }
}

}  // namespace

net::Awaitable<Response> Work::look(Job job) {
  return run(
      [this](std::function<void()> begin) -> Result<void> {
        boost::asio::post(look_threads_, std::move(begin));
        return {};
      },
      std::move(job));
}

void Work::later(std::function<void()> job) {
  boost::asio::post(look_threads_, [job = std::move(job)] {
    try {
      job();
    } catch (const std::exception& error) {
      SPDLOG_ERROR("what was to be done later failed: {}", error.what());
    }
  });
}

net::Awaitable<Response> Work::order(Job job) {
  return run([this](std::function<void()> begin) { return start_order(std::move(begin)); },
             std::move(job));
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
    auto begun = begin([waiting, what = std::move(what)] { waiting->complete(answer_of(what)); });
    if (!begun) waiting->complete(explained(begun.error()));
  };
  auto under_way = boost::asio::async_initiate<const boost::asio::use_awaitable_t<net::Executor>,
                                               void(Response)>(initiate, kAwait, std::move(start),
                                                               std::move(job));
  co_return co_await std::move(under_way);
}

Result<void> Work::start_order(std::function<void()> job) {
  if (orders_under_way_.fetch_add(1) >= kMaxOrders) {
    --orders_under_way_;
    return actors::fail(actors::Errc::overloaded,
                        std::to_string(kMaxOrders) +
                            " orders to restart or stop are under way already; see what they wait "
                            "for, or try again later");
  }
  boost::asio::post(order_threads_, [this, job = std::move(job)] {
    job();
    --orders_under_way_;
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
