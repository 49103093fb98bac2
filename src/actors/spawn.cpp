#include "actors/spawn.hpp"

#include "actors/cell_extras.hpp"
#include "actors/reply_awaiter.hpp"
#include "actors/runtime.hpp"
#include "actors/shard.hpp"
#include "actors/signal_envelopes.hpp"
#include "actors/start_ticket.hpp"
#include "actors/stop.hpp"

namespace coppice::actors {
namespace {

class [[nodiscard]] StartAwaiter final : public ReplyAwaiter<StartOutcome> {
 public:
  StartAwaiter(Factory factory, SpawnOptions options)
      : ReplyAwaiter<StartOutcome>(kForever),
        factory_(std::move(factory)),
        options_(std::move(options)) {}

  bool await_suspend(std::coroutine_handle<> coroutine) {
    if (must_not_wait()) {
      settle(fail(Errc::cancelled, "the starting actor is stopping"));
      return false;
    }
    options_.ticket = ticket_;
    if (!options_.parent) options_.parent = Shard::current_cell()->pid();
    shard().runtime().start_async(std::move(factory_), std::move(options_), open());
    return suspend(coroutine);
  }

  // The child may be anywhere between here and the end of its init: kill it, and wait for the
  // answer that its end will bring. One that blocks its own thread in init brings none.
  void cancel() noexcept override {
    cancelled_ = true;
    ticket_->cancel(shard());
    const Duration grace = shard().runtime().options().kill_grace;
    shard().timers().arm(patience_, deadline_after(shard().now(), grace));
  }
  [[nodiscard]] bool cancelled() const noexcept { return cancelled_; }

 private:
  void give_up() {
    const Pid pid = ticket_->pid();
    if (!pid || !shard().runtime().abandon(pid)) return;
    settle(fail(Errc::cancelled, "the starting actor is stopping, its child was abandoned"));
  }

  Factory factory_;
  SpawnOptions options_;
  std::shared_ptr<StartTicket> ticket_ = std::make_shared<StartTicket>();
  CallbackTimer patience_{[this] { give_up(); }};
  bool cancelled_ = false;
};

}  // namespace

Result<Pid> pid_of(const StartOutcome& outcome) {
  switch (outcome.kind) {
    case StartOutcome::Kind::ok: return outcome.pid;
    case StartOutcome::Kind::already_started:
      return fail(Errc::already_started, to_string(outcome.pid));
    case StartOutcome::Kind::ignored: return fail(Errc::start_failed, "ignored");
    case StartOutcome::Kind::failed: break;
  }
  return fail(Errc::start_failed, outcome.reason.to_string());
}

Task<StartOutcome> start_actor(Factory factory, SpawnOptions options) {
  StartAwaiter start(std::move(factory), std::move(options));
  Result<StartOutcome> outcome = co_await start;
  if (!outcome) {
    co_return StartOutcome{.reason = ExitReason::shutdown(outcome.error().message())};
  }
  if (start.cancelled() && outcome->ok()) {
    // The kill crossed the good news: nobody shall take a dying actor for a started one.
    ExitReason reason = co_await kill_and_wait(outcome->pid, ExitReason::killed());
    co_return StartOutcome{.pid = outcome->pid, .reason = std::move(reason)};
  }
  co_return std::move(*outcome);
}

void send_exit(Runtime& runtime, Pid from, Pid target, ExitReason reason) {
  runtime.send_signal(std::make_unique<ExitSignalEnvelope>(from, target, std::move(reason),
                                                           /*from_link=*/false));
}

namespace detail {

Sent send_info(Runtime& runtime, Pid target, std::any value, const TypeTag& type) noexcept {
  const Cell* self = Shard::current_cell();
  const Pid from = self != nullptr ? self->pid() : Pid();
  auto envelope = std::make_unique<InfoEnvelope>(
      target, Info{.from = from, .value = std::move(value), .type_name = type.name}, type);
  Shard* shard = Shard::current();
  return shard != nullptr ? shard->send(std::move(envelope)) : runtime.send(std::move(envelope));
}

void report_unhandled(const Cell& cell, const TypeTag& message) noexcept {
  cell.shard().runtime().events().emit({.kind = EventKind::actor_unhandled_info,
                                        .pid = cell.pid(),
                                        .path = cell.place()
                                                    ? std::string_view(cell.place()->path())
                                                    : std::string_view(cell.type().name),
                                        .type = message.name});
}

}  // namespace detail
}  // namespace coppice::actors
