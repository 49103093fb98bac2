#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <boost/asio/io_context.hpp>

#include "actors/actor.hpp"
#include "actors/address.hpp"
#include "actors/cell.hpp"
#include "actors/exit_watch.hpp"
#include "actors/sleep.hpp"
#include "actors/spawn.hpp"

namespace coppice::actors {

/// The base of every actor an application writes:
///
///     class Counter final : public Server<Counter> {
///      public:
///       struct Increment { int by = 1; };
///       struct Get { using Reply = int; };
///       void handle(Increment m) { total_ += m.by; }
///       int handle(Get) { return total_; }
///      private:
///       int total_ = 0;
///     };
///
/// Messages are plain types that own their data. Handlers are public; each is a plain function or a
/// coroutine, and one message is handled at a time: while a handler waits, no other one runs.
///
/// Optional hooks, found by name, each plain or a coroutine:
///   - `init()`: void or Init; runs first. Throwing is a failed start.
///   - `terminate(ExitReason)`: runs last, whatever the reason, except for a kill. May wait within
///     the deadline of whoever stops the actor.
///   - `handle(Down)`, `handle(Exit)`, `handle(ChildExit)`, `handle(IdleTimeout)`, `handle(Info)`.
///   - `describe() const`: what operators may see of the state.
///
/// An exception that leaves a handler or hook ends the actor; its supervisor decides what then.
///
/// Thread: the actor's shard. Nothing here may be called from elsewhere.
template <class Derived>
class Server : public Actor {
 public:
  [[nodiscard]] const TypeTag& type() const noexcept final { return type_tag<Derived>(); }

 protected:
  // -- who and where -----------------------------------------------------------------------------
  [[nodiscard]] Ref<Derived> self() const noexcept { return {runtime(), cell().pid()}; }
  [[nodiscard]] Runtime& runtime() const noexcept { return cell().shard().runtime(); }
  [[nodiscard]] boost::asio::io_context& io() const noexcept { return cell().shard().io(); }
  [[nodiscard]] Time now() const noexcept { return cell().shard().now(); }

  // -- life --------------------------------------------------------------------------------------
  /// Ends the actor after the handler that runs now. An answer that this handler gives is sent
  /// after terminate(), so the caller knows that everything has been cleaned up.
  void stop(ExitReason reason = ExitReason::normal()) {
    cell().stop_after_handler(std::move(reason));
  }

  /// Handles @p message next, before any mail: to finish what this handler started.
  template <class M>
    requires Handles<Derived, M> && (!CallMessage<M>)
  void continue_with(M message) {
    cell().continue_with(envelope(std::move(message), Lane::urgent));
  }

  /// Sends @p message to this actor behind the mail that waits; never refused.
  template <class M>
    requires Handles<Derived, M> && (!CallMessage<M>)
  void requeue(M message) {
    cell().admit(envelope(std::move(message), Lane::signal));
  }

  /// Gives back a call that was taken but not begun, for the next incarnation to handle before the
  /// mail that waits. For terminate(), in actors with MailboxOptions::keep_unstarted; an actor
  /// without a place in the tree has no next incarnation, and the call fails with `dropped`.
  template <class M>
    requires HandlesLater<Derived, M>
  void leave_to_next(M message, ReplyTo<typename M::Reply> reply) {
    if (!cell().place()) return;
    MailQueue mail;
    mail.push(std::make_unique<detail::MessageEnvelope<Derived, M>>(
        Pid(), cell().pid(), Lane::user, std::move(message), std::move(reply)));
    cell().place()->park_mail(std::move(mail));
  }

  /// When whoever stops this actor will kill it; Time::max() if that is not known.
  [[nodiscard]] Time stop_deadline() const noexcept { return cell().stop_deadline(); }

  /// Delivers IdleTimeout if nothing comes in for @p timeout. For the next wait only: any message
  /// cancels it. Zero: as soon as the mailbox is empty.
  void idle_timeout(Duration timeout) { cell().set_idle_timeout(timeout); }

  /// Runs @p task beside the handlers, as the actor's own: it is cancelled and waited for when the
  /// actor ends, and an exception that leaves it is the actor's crash.
  void background(Task<void> task) { cell().background(std::move(task)); }

  // -- timers ------------------------------------------------------------------------------------
  /// Sends @p message to this actor after @p delay.
  template <class M>
    requires Handles<Derived, M> && (!CallMessage<M>)
  TimerId send_after(Duration delay, M message) {
    return set_timer({}, delay, std::move(message));
  }

  /// The same with a name: setting it again replaces it.
  template <class M>
    requires Handles<Derived, M> && (!CallMessage<M>)
  TimerId set_timer(std::string name, Duration delay, M message) {
    return cell().set_timer(std::move(name), delay, Duration::zero(), maker(std::move(message)));
  }

  /// Sends a copy of @p message every @p period. An actor slower than its period gets one, not a
  /// pile of them.
  template <class M>
    requires Handles<Derived, M> && (!CallMessage<M>) && std::copy_constructible<M>
  TimerId send_every(Duration period, M message, std::string name = {}) {
    return cell().set_timer(std::move(name), period, period, maker(std::move(message)));
  }

  /// Guarantees that the timer's message is not delivered any more, even if it was under way.
  bool cancel_timer(TimerId timer) noexcept { return cell().cancel_timer(timer); }
  bool cancel_timer(std::string_view name) noexcept { return cell().cancel_timer(name); }

  // -- others ------------------------------------------------------------------------------------
  /// Asks for a Down when @p target has ended. Stackable: each call brings one Down.
  MonitorId monitor(Pid target) { return cell().monitor(target); }
  /// Guarantees that no Down of this monitor is delivered any more.
  void demonitor(MonitorId monitor) noexcept { cell().demonitor(monitor); }

  /// Ties two lives together: when one ends abnormally, so does the other, unless it traps exits.
  void link(Pid target) { cell().link(target); }
  void unlink(Pid target) noexcept { cell().unlink(target); }
  void trap_exits(bool on = true) noexcept { cell().set_trap_exits(on); }

  /// Sends an exit signal, as a link would.
  void send_exit(Pid target, ExitReason reason) {
    actors::send_exit(runtime(), cell().pid(), target, std::move(reason));
  }

  /// Errors: already_registered.
  [[nodiscard]] Result<void> register_name(const std::string& name) {
    return cell().register_name(name);
  }
  void unregister_name(const std::string& name) noexcept { cell().unregister_name(name); }
  void join_group(const std::string& group) { cell().join_group(group); }
  void leave_group(const std::string& group) noexcept { cell().leave_group(group); }

  // -- starting others ---------------------------------------------------------------------------
  /// Starts a child on this shard without waiting for its init. If that fails, ChildExit says so.
  template <class B, class... Args>
  Ref<B> spawn(SpawnOptions options, Args&&... args) {
    if (!options.parent) options.parent = cell().pid();
    const Pid pid = cell().shard().spawn(std::make_unique<B>(std::forward<Args>(args)...),
                                         std::move(options), {});
    return {runtime(), pid};
  }

  /// Starts a child anywhere and waits until its init has finished.
  template <class B, class... Args>
  Task<Result<Ref<B>>> start(SpawnOptions options, Args... args) {
    return detail::start_child<B>(&runtime(), make_factory<B>(std::move(args)...),
                                  std::move(options));
  }

 private:
  template <class M>
  std::unique_ptr<Envelope> envelope(M message, Lane lane, TimerId timer = {}) {
    return std::make_unique<detail::MessageEnvelope<Derived, M>>(
        cell().pid(), cell().pid(), lane, std::move(message),
        typename detail::MessageEnvelope<Derived, M>::Reply{}, timer);
  }

  template <class M>
  Cell::MakeEnvelope maker(M message) {
    return [this, message = std::move(message)](TimerId timer) mutable {
      if constexpr (std::copy_constructible<M>) {
        return envelope(message, Lane::urgent, timer);
      } else {
        return envelope(std::move(message), Lane::urgent, timer);
      }
    };
  }

  Derived& derived() noexcept { return static_cast<Derived&>(*this); }

  Step<Init> on_init() final {
    if constexpr (requires(Derived& d) { d.init(); }) {
      return as_init([this] { return derived().init(); });
    } else {
      return Init::ok();
    }
  }

  template <class Call>
  static Step<Init> as_init(Call call) {
    using Returned = decltype(call());
    if constexpr (std::is_void_v<Returned>) {
      call();
      return Init::ok();
    } else if constexpr (std::same_as<Returned, Task<void>>) {
      return then_ok(call());
    } else {
      return call();
    }
  }

  static Task<Init> then_ok(Task<void> init) {
    co_await std::move(init);
    co_return Init::ok();
  }

  Step<void> on_terminate(const ExitReason& reason) final {
    if constexpr (requires(Derived& d) { d.terminate(reason); }) {
      return as_step([&] { return derived().terminate(reason); });
    } else {
      return {};
    }
  }

  template <class Call>
  static Step<void> as_step(Call call) {
    if constexpr (std::is_void_v<decltype(call())>) {
      call();
      return {};
    } else {
      return call();
    }
  }

  template <class Signal>
  Step<void> signal(Signal signal) {
    if constexpr (HandlesNow<Derived, Signal>) {
      return as_step([&] { return derived().handle(std::move(signal)); });
    } else {
      if constexpr (!std::same_as<Signal, ChildExit>) {
        detail::report_unhandled(cell(), type_tag<Signal>());
      }
      return {};
    }
  }

  Step<void> on_down(Down down) final { return signal(std::move(down)); }
  Step<void> on_exit(Exit exit) final { return signal(std::move(exit)); }
  Step<void> on_child_exit(ChildExit exit) final { return signal(std::move(exit)); }
  Step<void> on_idle_timeout() final { return signal(IdleTimeout{}); }
  Step<void> on_info(Info info) final { return signal(std::move(info)); }
};

}  // namespace coppice::actors
