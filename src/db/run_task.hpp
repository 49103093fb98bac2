#pragma once

#include <memory>
#include <utility>

#include <boost/asio/async_result.hpp>

#include "actors/async_call.hpp"
#include "actors/external_call.hpp"
#include "actors/server.hpp"

/// Actor code awaits a Task; these let others wait for one. Each runs the task as an actor of its
/// own, which costs about as much as a call. A task that ends by an exception answers `down`.
namespace coppice::db {

namespace detail {

/// Lives as long as its task, which is its initialisation.
template <class R>
class TaskRunner final : public actors::Server<TaskRunner<R>> {
 public:
  TaskRunner(actors::Task<actors::Result<R>> task, actors::ReplyTo<R> reply) noexcept
      : task_(std::move(task)), reply_(std::move(reply)) {}

  actors::Task<actors::Init> init() {
    reply_.answer(co_await std::move(task_));
    co_return actors::Init::ignore();
  }

 private:
  actors::Task<actors::Result<R>> task_;
  actors::ReplyTo<R> reply_;
};

}  // namespace detail

/// For Asio code: `co_await run_task(some_task(), 2s, asio::use_awaitable)`, or any completion
/// token for `void(Result<R>)`. Thread: a shard's, on which the task runs.
/// Errors: timeout, and those of the task.
template <class R, class Token>
auto run_task(actors::Task<actors::Result<R>> task, actors::Duration timeout, Token&& token) {
  return boost::asio::async_initiate<Token, void(actors::Result<R>)>(
      [](auto handler, actors::Task<actors::Result<R>> work, actors::Duration patience) {
        using Call = actors::detail::AsyncCall<R, decltype(handler)>;
        actors::Shard& shard = *actors::Shard::current();
        auto reply = Call::open(std::make_unique<Call>(shard, std::move(handler)), patience);
        shard.spawn(std::make_unique<detail::TaskRunner<R>>(std::move(work), std::move(reply)),
                    actors::SpawnOptions{}, {});
      },
      token, std::move(task), timeout);
}

/// For threads that are no shard's: blocks until the task has finished or @p timeout has passed.
/// Errors: timeout, and those of the task.
template <class R>
actors::Result<R> run_task_blocking(actors::Runtime& runtime, actors::Task<actors::Result<R>> task,
                                    actors::Duration timeout) {
  const actors::Time deadline = actors::deadline_after(runtime.now(), timeout);
  auto call = actors::ExternalCall<R>::make(runtime);
  // Shared, because a factory is copyable and the task is not.
  auto runner = std::make_shared<std::unique_ptr<actors::Actor>>(
      std::make_unique<detail::TaskRunner<R>>(std::move(task), call->reply_to(deadline)));
  runtime.start_async([runner] { return std::move(*runner); },
                      {.placement = actors::Placement::any()}, {});
  return call->wait(deadline);
}

}  // namespace coppice::db
