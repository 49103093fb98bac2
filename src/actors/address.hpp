#pragma once

#include <chrono>
#include <coroutine>
#include <memory>
#include <string>
#include <utility>

#include "actors/async_call.hpp"
#include "actors/external_call.hpp"
#include "actors/message.hpp"
#include "actors/place_settled.hpp"
#include "actors/reply_awaiter.hpp"
#include "actors/room_awaiter.hpp"
#include "actors/runtime.hpp"
#include "actors/sleep.hpp"

namespace coppice::actors {

inline constexpr Duration kDefaultCallTimeout = std::chrono::seconds(5);

/// The awaitable of a call: `Result<Reply> r = co_await ref.call(Question{}, 1s);`
template <class A, CallMessage M>
class [[nodiscard]] CallAwaiter final : public ReplyAwaiter<typename M::Reply> {
 public:
  CallAwaiter(Result<Pid> target, M message, Duration timeout)
      : ReplyAwaiter<typename M::Reply>(timeout),
        target_(std::move(target)),
        message_(std::move(message)) {}

  bool await_suspend(std::coroutine_handle<> coroutine) {
    Cell& self = *Shard::current_cell();
    if (self.must_not_wait()) {
      this->settle(fail(Errc::cancelled));
    } else if (!target_) {
      this->settle(std::unexpected(target_.error()));
    } else if (*target_ == self.pid()) {
      this->settle(fail(Errc::calling_self));
    } else {
      // A refused message answers its own call while it is destroyed.
      this->shard()
          .send(std::make_unique<detail::MessageEnvelope<A, M>>(self.pid(), *target_, Lane::user,
                                                                std::move(message_), this->open()))
          .ignore();
    }
    return this->suspend(coroutine);
  }

 private:
  Result<Pid> target_;
  M message_;
};

/// What every address can do. Derived has `Result<Pid> resolve() const` and `Runtime& runtime()`.
///
/// Resolution happens at each send: see Ref, ChildRef and Name for what they bind to.
template <class Derived, class A>
class Address {
 public:
  /// Sends without waiting. Thread: any.
  ///
  /// Errors: noproc, overloaded, restarting, wrong_type, shutting_down; then nothing was sent.
  template <class M>
    requires Handles<A, M> && (!CallMessage<M>)
  Sent cast(M message) const {
    const Result<Pid> target = derived().resolve();
    if (!target) return target.error().code;
    return post(*target, std::move(message));
  }

  /// Waits until the mailbox has room, then sends: for producers that may be faster than their
  /// consumer. `Sent sent = co_await ref.cast_when_room(Work{}, 1s);` Thread: an actor's coroutine.
  ///
  /// Meant for mailboxes with Overflow::reject. Actors that wait for room in each other's mailboxes
  /// can block each other until the timeout, so let only those do it that nobody waits for.
  ///
  /// Errors: timeout, noproc, down, restarting, wrong_type, cancelled, calling_self; then nothing
  /// was sent.
  template <class M>
    requires Handles<A, M> && (!CallMessage<M>)
  RoomAwaiter cast_when_room(M message, Duration timeout) const {
    const Result<Pid> target = derived().resolve();
    if (!target) return {std::unexpected(target.error()), timeout};
    return {std::make_unique<detail::MessageEnvelope<A, M>>(Shard::current_cell()->pid(), *target,
                                                            Lane::user, std::move(message)),
            timeout};
  }

  /// Asks, and lets the answer go to @p reply: to pass a call on to whom it concerns. Thread: any.
  template <CallMessage M>
    requires Handles<A, M>
  void forward(M message, ReplyTo<typename M::Reply> reply) const {
    const Result<Pid> target = derived().resolve();
    if (!target) {
      reply.answer(std::unexpected(target.error()));
      return;
    }
    // A refused message answers its own call while it is destroyed.
    post(*target, std::move(message), std::move(reply)).ignore();
  }

  /// Asks and waits for the answer. Thread: inside an actor's coroutine.
  ///
  /// Errors: noproc, timeout, down (the context has the exit reason), calling_self, overloaded,
  /// cancelled, restarting, dropped, and what the handler returned.
  template <CallMessage M>
    requires Handles<A, M>
  CallAwaiter<A, M> call(M message, Duration timeout = kDefaultCallTimeout) const {
    return {derived().resolve(), std::move(message), timeout};
  }

  /// Asks from Asio code: `co_await ref.async_call(Question{}, 1s, asio::use_awaitable)`, or any
  /// completion token for `void(Result<Reply>)`. Thread: a shard's.
  template <CallMessage M, class Token>
    requires Handles<A, M>
  auto async_call(M message, Duration timeout, Token&& token) const {
    return detail::initiate_async_call<A>(derived().resolve(), std::move(message), timeout,
                                          std::forward<Token>(token));
  }

  /// Asks and blocks. Thread: any that is not a shard's.
  template <CallMessage M>
    requires Handles<A, M>
  Result<typename M::Reply> call_blocking(M message, Duration timeout = kDefaultCallTimeout) const {
    using Reply = typename M::Reply;
    Runtime& runtime = derived().runtime();
    const Time deadline = deadline_after(runtime.now(), timeout);
    const Result<Pid> target = derived().resolve();
    if (!target) return std::unexpected(target.error());
    auto call = ExternalCall<Reply>::make(runtime);
    runtime
        .send(std::make_unique<detail::MessageEnvelope<A, M>>(
            Pid(), *target, Lane::user, std::move(message), call->reply_to(deadline)))
        .ignore();
    return call->wait(deadline);
  }

 private:
  template <class M, class... Reply>
  Sent post(Pid target, M message, Reply... reply) const {
    const Cell* self = Shard::current_cell();
    auto envelope = std::make_unique<detail::MessageEnvelope<A, M>>(
        self != nullptr ? self->pid() : Pid(), target, Lane::user, std::move(message),
        std::move(reply)...);
    Shard* shard = Shard::current();
    return shard != nullptr ? shard->send(std::move(envelope))
                            : derived().runtime().send(std::move(envelope));
  }

  [[nodiscard]] const Derived& derived() const noexcept {
    return static_cast<const Derived&>(*this);
  }
};

/// The address of one incarnation. After that has ended every use fails with `noproc`, for ever.
///
/// Thread: any; a plain value.
template <class A>
class Ref : public Address<Ref<A>, A> {
 public:
  Ref() noexcept = default;
  Ref(Runtime& runtime, Pid pid) noexcept : runtime_(&runtime), pid_(pid) {}

  [[nodiscard]] Pid pid() const noexcept { return pid_; }
  [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(pid_); }
  [[nodiscard]] Runtime& runtime() const noexcept { return *runtime_; }
  [[nodiscard]] Result<Pid> resolve() const {
    if (pid_) return pid_;
    return fail(Errc::noproc, "empty address");
  }
  friend bool operator==(const Ref& a, const Ref& b) noexcept { return a.pid_ == b.pid_; }

 private:
  Runtime* runtime_ = nullptr;
  Pid pid_;
};

/// The address of a place in the tree: always its newest incarnation.
///
/// While the place is between two incarnations, call() and cast() fail with `restarting`;
/// call_when_up() waits for the next one instead.
///
/// Thread: any.
template <class A>
class ChildRef : public Address<ChildRef<A>, A> {
 public:
  ChildRef() noexcept = default;
  ChildRef(Runtime& runtime, std::shared_ptr<Place> place) noexcept
      : runtime_(&runtime), place_(std::move(place)) {}

  [[nodiscard]] const std::shared_ptr<Place>& place() const noexcept { return place_; }
  [[nodiscard]] std::uint64_t epoch() const noexcept { return place_->epoch(); }
  [[nodiscard]] Runtime& runtime() const noexcept { return *runtime_; }
  [[nodiscard]] Result<Pid> resolve() const { return resolve_place(*place_); }

  /// Like call(), but waits for the next incarnation within the same timeout. Also asks again when
  /// the incarnation ended before it had taken the question; never when it may have acted on it.
  template <CallMessage M>
    requires Handles<A, M> && std::copy_constructible<M>
  Task<Result<typename M::Reply>> call_when_up(M message,
                                               Duration timeout = kDefaultCallTimeout) const {
    return ask_when_up(*this, std::move(message), timeout);
  }

 private:
  template <class M>
  static Task<Result<typename M::Reply>> ask_when_up(ChildRef self, M message, Duration timeout) {
    const Time deadline = deadline_after(Shard::current()->now(), timeout);
    while (true) {
      if (!self.place_->pid()) {
        const Duration left = deadline - Shard::current()->now();
        const Result<void> settled = co_await PlaceSettled(self.place_, left);
        if (!settled) co_return std::unexpected(settled.error());
      }
      auto answer = co_await self.call(message, deadline - Shard::current()->now());
      const bool not_taken = !answer && (answer.error() == Errc::restarting ||
                                         (answer.error() == Errc::noproc && self.is_coming_back()));
      if (!not_taken || Shard::current()->now() >= deadline) co_return answer;
      co_await yield();
    }
  }

  [[nodiscard]] bool is_coming_back() const {
    const auto state = place_->state();
    return state != Place::State::stopped && state != Place::State::removed;
  }

  Runtime* runtime_ = nullptr;
  std::shared_ptr<Place> place_;
};

/// The address of whoever holds a registered name when it is used.
///
/// Thread: any.
template <class A>
class Name : public Address<Name<A>, A> {
 public:
  Name(Runtime& runtime, std::string name) : runtime_(&runtime), name_(std::move(name)) {}

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] Runtime& runtime() const noexcept { return *runtime_; }
  [[nodiscard]] Result<Pid> resolve() const {
    const auto owner = runtime_->registry().find(name_);
    if (!owner.pid) return fail(Errc::noproc, "nobody is registered as \"" + name_ + "\"");
    if (owner.type != &type_tag<A>()) {
      return fail(Errc::wrong_type, "\"" + name_ + "\" is a " + std::string(owner.type->name));
    }
    return owner.pid;
  }

 private:
  Runtime* runtime_;
  std::string name_;
};

}  // namespace coppice::actors
