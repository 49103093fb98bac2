#pragma once

#include <memory>
#include <utility>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "actors/message.hpp"
#include "actors/reply.hpp"
#include "actors/shard.hpp"
#include "actors/timer_wheel.hpp"

namespace coppice::actors::detail {

/// A call made by Asio code on a shard; owns itself until it is answered or times out.
///
/// Cancellation, of any type, completes it with `cancelled`; the question may still be handled.
/// Completes through post, never inside the initiating function, with tracked work on the handler's
/// executor, and frees itself before the handler runs.
template <class R, class Handler>
class AsyncCall final : public PendingCall, private Timer {
 public:
  AsyncCall(Shard& shard, Handler handler)
      : shard_(shard),
        work_(boost::asio::make_work_guard(handler, shard.io().get_executor())),
        handler_(std::move(handler)) {}

  /// Registers @p call, which from here on lives until it completes.
  static ReplyTo<R> open(std::unique_ptr<AsyncCall> call, Duration timeout) {
    Shard& shard = call->shard_;
    const Time deadline = deadline_after(shard.now(), timeout);
    shard.timers().arm(*call, deadline);
    call->id_ = shard.pending_calls().add(*call);
    const std::uint64_t id = call->id_;
    call->listen_for_cancellation();
    std::ignore = call.release();  // reclaimed in finish()
    return ReplyTo<R>(shard, id, deadline);
  }

 private:
  // By id, which is stale once the call has completed; and posted, because the slot's own handler
  // must not free what it is part of.
  void listen_for_cancellation() {
    auto slot = boost::asio::get_associated_cancellation_slot(handler_);
    if (!slot.is_connected()) return;
    slot.assign([&shard = shard_, id = id_](boost::asio::cancellation_type /*type*/) {
      boost::asio::post(shard.io(), [&shard, id] {
        Result<R> cancelled = fail(Errc::cancelled);
        std::ignore = shard.complete(id, &cancelled);
      });
    });
  }

  void on_reply(void* result) noexcept override {
    finish(std::move(*static_cast<Result<R>*>(result)));
  }

  void on_expire() noexcept override {
    shard_.pending_calls().remove(id_);
    finish(fail(Errc::timeout));
  }

  // NOLINTNEXTLINE(bugprone-exception-escape): without memory for a post the process ends
  void finish(Result<R> result) noexcept {
    auto slot = boost::asio::get_associated_cancellation_slot(handler_);
    if (slot.is_connected()) slot.clear();
    auto work = std::move(work_);
    auto handler = std::move(handler_);
    std::unique_ptr<AsyncCall>{this}.reset();
    boost::asio::post(work.get_executor(),
                      [handler = std::move(handler), result = std::move(result)]() mutable {
                        Shard::stir();
                        std::move(handler)(std::move(result));
                      });
  }

  Shard& shard_;
  std::uint64_t id_ = 0;
  decltype(boost::asio::make_work_guard(
      std::declval<Handler&>(), std::declval<boost::asio::io_context::executor_type>())) work_;
  Handler handler_;
};

template <class A, class M, class Token>
auto initiate_async_call(Result<Pid> target, M message, Duration timeout, Token&& token) {
  using Reply = typename M::Reply;
  return boost::asio::async_initiate<Token, void(Result<Reply>)>(
      [](auto handler, Result<Pid> to, M asked, Duration wait) {
        using Call = AsyncCall<Reply, decltype(handler)>;
        Shard& shard = *Shard::current();
        auto reply = Call::open(std::make_unique<Call>(shard, std::move(handler)), wait);
        if (!to) {
          reply.answer(std::unexpected(to.error()));
          return;
        }
        shard
            .send(std::make_unique<MessageEnvelope<A, M>>(Pid(), *to, Lane::user, std::move(asked),
                                                          std::move(reply)))
            .ignore();
      },
      token, std::move(target), std::move(message), timeout);
}

}  // namespace coppice::actors::detail
