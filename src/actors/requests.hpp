#pragma once

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <iterator>
#include <list>
#include <optional>
#include <utility>

#include "actors/address.hpp"
#include "actors/cell.hpp"
#include "actors/reply.hpp"
#include "actors/shard.hpp"
#include "actors/timer_wheel.hpp"
#include "actors/waiter.hpp"

namespace coppice::actors {

/// Several calls under way at once, whose answers are taken in the order in which they come:
///
///     Requests<int, std::string> requests;
///     for (const auto& shop : shops) requests.send(shop, Shop::Price{}, shop.name());
///     while (auto response = co_await requests.receive(deadline)) {
///       if (response->result) offer(response->label, *response->result);
///     }
///
/// @tparam R      The reply of every request.
/// @tparam Label  Tells the answers apart.
///
/// Thread: the actor's shard; a member of the actor or in a frame of its coroutines. One waits at a
/// time. Destroying it revokes what has not been answered.
template <class R, class Label = std::size_t>
class Requests {
 public:
  struct Response {
    Label label;
    Result<R> result;  ///< errors as of call(), without timeout
  };
  class Awaiter;

  Requests() noexcept = default;
  Requests(const Requests&) = delete;
  Requests& operator=(const Requests&) = delete;

  /// Asks; does not wait. A failure to send comes back as a response.
  ///
  /// @param expires  A request that has not been taken up by then is discarded there.
  template <class Target, CallMessage M>
    requires std::same_as<typename M::Reply, R>
  void send(const Target& target, M message, Label label, Time expires = Time::max()) {
    Request& request = pending_.emplace_back(*this, std::move(label));
    request.self = std::prev(pending_.end());
    ReplyTo<R> reply = request.open(expires);
    const Result<Pid> to = target.resolve();
    if (to && *to == Shard::current_cell()->pid()) {
      reply.answer(fail(Errc::calling_self));
      return;
    }
    target.forward(std::move(message), std::move(reply));
  }

  /// Requests whose answer has not been taken yet.
  [[nodiscard]] std::size_t size() const noexcept { return pending_.size() + answered_.size(); }
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }

  /// The next answer. When @p deadline comes first, every request is revoked: its answer will find
  /// nobody. Errors: not_found if no request is left; timeout; cancelled.
  ///
  /// The deadline is absolute, so that several waits can share one.
  [[nodiscard]] Awaiter receive(Time deadline) noexcept { return {*this, deadline, true}; }

  /// The same, but after a timeout the requests stay and may be waited for again.
  [[nodiscard]] Awaiter wait(Time deadline) noexcept { return {*this, deadline, false}; }

  /// Revokes every request, answered or not.
  void revoke() noexcept {
    pending_.clear();
    answered_.clear();
  }

 private:
  struct Request;
  using List = std::list<Request>;

  struct Request final : PendingCall {
    Request(Requests& requests, Label l) : owner(requests), label(std::move(l)) {}
    ~Request() {
      if (!result) shard.pending_calls().remove(id);
    }

    ReplyTo<R> open(Time expires) {
      id = shard.pending_calls().add(*this);
      return ReplyTo<R>(shard, id, expires);
    }

    void on_reply(void* answer) noexcept override {
      result = std::move(*static_cast<Result<R>*>(answer));
      owner.answered_.splice(owner.answered_.end(), owner.pending_, self);
      if (owner.waiting_ != nullptr) owner.waiting_->answered();
    }

    Requests& owner;
    Shard& shard = *Shard::current();
    Label label;
    std::uint64_t id = 0;
    typename List::iterator self;
    std::optional<Result<R>> result;
  };

  List pending_;
  List answered_;
  Awaiter* waiting_ = nullptr;
};

template <class R, class Label>
class [[nodiscard]] Requests<R, Label>::Awaiter final : public Waiter, private Timer {
 public:
  Awaiter(Requests& requests, Time deadline, bool revoke) noexcept
      : requests_(requests), deadline_(deadline), revoke_(revoke) {}
  ~Awaiter() override { requests_.waiting_ = nullptr; }

  [[nodiscard]] bool await_ready() const noexcept {
    return !requests_.answered_.empty() || requests_.pending_.empty();
  }

  bool await_suspend(std::coroutine_handle<> coroutine) noexcept {
    if (must_not_wait()) return false;
    Shard& shard = *Shard::current();
    if (deadline_ <= shard.now()) {
      error_ = Errc::timeout;
      return false;
    }
    requests_.waiting_ = this;
    park(coroutine);
    shard.timers().arm(*this, deadline_);
    return true;
  }

  [[nodiscard]] Result<Response> await_resume() {
    auto& answered = requests_.answered_;
    if (!answered.empty()) {
      Response response{std::move(answered.front().label), std::move(*answered.front().result)};
      answered.pop_front();
      return response;
    }
    if (requests_.pending_.empty()) return fail(Errc::not_found, "no request is left");
    if (error_ == Errc::timeout && revoke_) requests_.revoke();
    return fail(error_);
  }

  void cancel() noexcept override {
    Timer::cancel();
    complete();
  }

 private:
  friend class Requests;

  void answered() noexcept { cancel(); }
  void on_expire() noexcept override {
    error_ = Errc::timeout;
    complete();
  }

  Requests& requests_;
  Time deadline_;
  bool revoke_;
  Errc error_ = Errc::cancelled;
};

}  // namespace coppice::actors
