#pragma once

#include <concepts>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "actors/cell.hpp"
#include "actors/envelope.hpp"
#include "actors/reply.hpp"
#include "actors/task.hpp"

namespace coppice::actors {

/// A message with a nested type `Reply` is a call; every other one is a cast.
template <class M>
concept CallMessage = requires { typename M::Reply; };

/// The actor A has a handler for the message M: `handle(M)`, or `handle(M, ReplyTo<Reply>)` for an
/// answer that comes later. A handler may be a plain function or a coroutine (Task), and the
/// handler of a call returns its Reply or a Result of it.
template <class A, class M>
concept HandlesLater = CallMessage<M> && requires(A& actor, M message) {
  actor.handle(std::move(message), std::declval<ReplyTo<typename M::Reply>>());
};
template <class A, class M>
concept HandlesNow = requires(A& actor, M message) { actor.handle(std::move(message)); };
template <class A, class M>
concept Handles = HandlesNow<A, M> || HandlesLater<A, M>;

/// A message reached an actor that has no handler for it: its address had the wrong type.
class UnhandledMessage final : public std::logic_error {
 public:
  UnhandledMessage(std::string_view message, std::string_view actor)
      : std::logic_error(std::string(actor) + " does not handle " + std::string(message)) {}
};

namespace detail {

struct Nothing {};

template <class A, class M>
struct HandlerResult {
  using Type = decltype(std::declval<A&>().handle(std::declval<M>()));
};
template <class A, class M>
  requires HandlesLater<A, M>
struct HandlerResult<A, M> {
  using Type = decltype(std::declval<A&>().handle(std::declval<M>(),
                                                  std::declval<ReplyTo<typename M::Reply>>()));
};

template <class M>
struct ReplySlot {
  using Type = Nothing;
};
template <CallMessage M>
struct ReplySlot<M> {
  using Type = ReplyTo<typename M::Reply>;
};

void throw_empty_task();
/// The message is for another type of actor. Throws UnhandledMessage unless this one ignores it.
void refuse_strange(const Cell& cell, Envelope& message);
[[nodiscard]] bool discard_expired(Cell& cell, Time deadline, const TypeTag& type) noexcept;

/// A message of type M on its way to an actor of type A.
template <class A, class M>
class MessageEnvelope final : public Envelope {
  using Returned = typename HandlerResult<A, M>::Type;
  static constexpr bool kIsCall = CallMessage<M>;
  static constexpr bool kIsTask = IsTask<Returned>::value;
  static constexpr bool kRepliesItself = HandlesLater<A, M>;

 public:
  using Reply = typename ReplySlot<M>::Type;

  MessageEnvelope(Pid from, Pid to, Lane lane, M message, Reply reply = {}, TimerId timer = {})
      : Envelope(from, to, lane),
        message_(std::move(message)),
        reply_(std::move(reply)),
        timer_(timer) {}

  std::coroutine_handle<> deliver(Cell& cell) override {
    if (&cell.type() != &type_tag<A>()) {
      refuse_strange(cell, *this);
      return {};
    }
    if constexpr (kIsCall) {
      if (discard_expired(cell, reply_.deadline(), type())) return {};
    }
    A& actor = static_cast<A&>(cell.actor());
    if constexpr (kIsTask) {
      task_ = invoke(actor);
      if (!task_) throw_empty_task();
      return task_.handle();
    } else if constexpr (kIsCall && !kRepliesItself) {
      if constexpr (std::is_void_v<Returned>) {
        invoke(actor);
        answer(cell, {});
      } else {
        answer(cell, invoke(actor));
      }
      return {};
    } else {
      invoke(actor);
      return {};
    }
  }

  void finish(Cell& cell) override {
    if constexpr (kIsTask) {
      if constexpr (kIsCall && !kRepliesItself) {
        if constexpr (std::is_void_v<typename IsTask<Returned>::Value>) {
          task_.take();
          answer(cell, {});
        } else {
          answer(cell, task_.take());
        }
      } else {
        task_.take();
      }
    }
  }

  [[nodiscard]] const TypeTag& type() const noexcept override { return type_tag<M>(); }
  [[nodiscard]] std::size_t bytes() const noexcept override {
    if constexpr (requires(const M& m) {
                    { m.bytes() } -> std::convertible_to<std::size_t>;
                  }) {
      return sizeof *this + message_.bytes();
    } else {
      return sizeof *this;
    }
  }
  [[nodiscard]] bool is_call() const noexcept override { return kIsCall; }
  [[nodiscard]] const detail::PromiseBase* coroutine() const noexcept override {
    if constexpr (kIsTask) {
      return task_ ? &task_.handle().promise() : nullptr;
    } else {
      return nullptr;
    }
  }
  void drop_call() noexcept override { reply_ = Reply{}; }
  [[nodiscard]] bool can_be_kept() const noexcept override { return lane() == Lane::user; }
  [[nodiscard]] std::uint64_t timer_id() const noexcept override {
    return static_cast<std::uint64_t>(timer_);
  }
  [[nodiscard]] std::optional<std::uint64_t> conflation_key() const override {
    if constexpr (requires(const M& m) { std::uint64_t{m.conflation_key()}; }) {
      return message_.conflation_key();
    } else {
      return std::nullopt;
    }
  }

  /// For tests that look into a mailbox.
  [[nodiscard]] const M& message() const noexcept { return message_; }

 private:
  Returned invoke(A& actor) {
    if constexpr (kRepliesItself) {
      return actor.handle(std::move(message_), std::move(reply_));
    } else {
      return actor.handle(std::move(message_));
    }
  }

  template <class R = M>
  void answer(Cell& cell, Result<typename R::Reply> result) {
    // An actor that stops with a reply cleans up first: the caller then knows that it has.
    if (!cell.stop_requested()) {
      reply_.answer(std::move(result));
      return;
    }
    cell.after_terminate([reply = std::move(reply_), late = std::move(result)]() mutable {
      reply.answer(std::move(late));
    });
  }

  using TaskSlot = std::conditional_t<kIsTask, Returned, Nothing>;

  M message_;
  [[no_unique_address]] Reply reply_;
  [[no_unique_address]] TaskSlot task_;
  TimerId timer_;
};

}  // namespace detail
}  // namespace coppice::actors
