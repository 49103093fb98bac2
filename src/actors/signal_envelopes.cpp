#include "actors/signal_envelopes.hpp"

#include <stdexcept>

#include "actors/runtime.hpp"
#include "actors/shard.hpp"

namespace coppice::actors {
namespace {

Cell* find(Shard& shard, Pid pid) noexcept { return shard.slots().cell(pid); }

// From a shard, what goes to one of its own actors arrives at once.
void send(Runtime& runtime, std::unique_ptr<Envelope> signal) {
  Shard* const here = Shard::current();
  if (here != nullptr && &here->runtime() == &runtime) {
    here->send_signal(std::move(signal));
  } else {
    runtime.send_signal(std::move(signal));
  }
}

}  // namespace

// The default way in: to the target's mailbox, or, if that has ended, nowhere.
void Envelope::arrive(Shard& shard, std::unique_ptr<Envelope> self) {
  if (Cell* cell = find(shard, to_)) {
    cell->admit(std::move(self));
    return;
  }
  undeliverable(shard.runtime(), std::move(self));
}

void Envelope::undeliverable(Runtime& /*runtime*/, std::unique_ptr<Envelope> self) {
  const DropScope noproc(Errc::noproc);
  self.reset();
}

void Envelope::finish(Cell& /*cell*/) {}

std::coroutine_handle<> StepEnvelope::deliver(Cell& cell) {
  Step<void> step = call(cell);
  if (step.is_done()) return {};
  task_ = std::move(step.task());
  return task_.handle();
}

void StepEnvelope::finish(Cell& /*cell*/) { task_.take(); }

// -- monitors ------------------------------------------------------------------------------------

std::coroutine_handle<> MonitorEnvelope::deliver(Cell& cell) {
  cell.add_watcher(from(), monitor_);
  return {};
}

void MonitorEnvelope::arrive(Shard& shard, std::unique_ptr<Envelope> self) {
  if (Cell* cell = find(shard, to())) {
    deliver(*cell);
    return;
  }
  undeliverable(shard.runtime(), std::move(self));
}

void MonitorEnvelope::undeliverable(Runtime& runtime, std::unique_ptr<Envelope> /*self*/) {
  send(runtime, std::make_unique<DownEnvelope>(from(), Down{monitor_, to(), ExitReason::noproc()}));
}

std::coroutine_handle<> DemonitorEnvelope::deliver(Cell& cell) {
  cell.remove_watcher(monitor_);
  return {};
}

void DemonitorEnvelope::arrive(Shard& shard, std::unique_ptr<Envelope> /*self*/) {
  if (Cell* cell = find(shard, to())) deliver(*cell);
}

std::coroutine_handle<> DownEnvelope::deliver(Cell& cell) {
  // demonitor() may have been called after this was queued.
  if (!cell.consume_monitor(down_.monitor)) return {};
  return StepEnvelope::deliver(cell);
}

void DownEnvelope::arrive(Shard& shard, std::unique_ptr<Envelope> self) {
  if (Cell* cell = find(shard, to())) {
    cell->on_down_signal(std::move(self), down_.monitor, down_.reason);
  }
}

const TypeTag& DownEnvelope::type() const noexcept { return type_tag<Down>(); }

Step<void> DownEnvelope::call(Cell& cell) { return cell.deliver_down(std::move(down_)); }

// -- links and exits -----------------------------------------------------------------------------

std::coroutine_handle<> LinkEnvelope::deliver(Cell& cell) {
  link_ ? cell.add_link(from()) : cell.remove_link(from());
  return {};
}

void LinkEnvelope::arrive(Shard& shard, std::unique_ptr<Envelope> self) {
  if (Cell* cell = find(shard, to())) {
    deliver(*cell);
    return;
  }
  undeliverable(shard.runtime(), std::move(self));
}

void LinkEnvelope::undeliverable(Runtime& runtime, std::unique_ptr<Envelope> /*self*/) {
  if (!link_) return;
  send(runtime, std::make_unique<ExitSignalEnvelope>(to(), from(), ExitReason::noproc(),
                                                     /*from_link=*/true));
}

std::coroutine_handle<> ExitSignalEnvelope::deliver(Cell& cell) {
  cell.on_exit_signal(from(), std::move(reason_), from_link_);
  return {};
}

void ExitSignalEnvelope::arrive(Shard& shard, std::unique_ptr<Envelope> /*self*/) {
  if (Cell* cell = find(shard, to())) deliver(*cell);
}

const TypeTag& ExitMessageEnvelope::type() const noexcept { return type_tag<Exit>(); }

Step<void> ExitMessageEnvelope::call(Cell& cell) { return cell.deliver_exit(std::move(exit_)); }

std::coroutine_handle<> ChildStartedEnvelope::deliver(Cell& cell) {
  cell.add_child(from());
  return {};
}

void ChildStartedEnvelope::arrive(Shard& shard, std::unique_ptr<Envelope> self) {
  if (Cell* cell = find(shard, to())) {
    deliver(*cell);
    return;
  }
  undeliverable(shard.runtime(), std::move(self));
}

// The parent ended while the child was on its way: nobody would ever stop it.
void ChildStartedEnvelope::undeliverable(Runtime& runtime, std::unique_ptr<Envelope> /*self*/) {
  send(runtime, std::make_unique<StopEnvelope>(from(), ExitReason::shutdown("parent ended")));
}

void ChildExitEnvelope::arrive(Shard& shard, std::unique_ptr<Envelope> self) {
  Cell* cell = find(shard, to());
  if (cell == nullptr) return;
  cell->remove_child(exit_.pid);
  if (is_news_) cell->admit(std::move(self));
}

const TypeTag& ChildExitEnvelope::type() const noexcept { return type_tag<ChildExit>(); }

Step<void> ChildExitEnvelope::call(Cell& cell) { return cell.deliver_child_exit(std::move(exit_)); }

// -- the rest ------------------------------------------------------------------------------------

const TypeTag& IdleEnvelope::type() const noexcept { return type_tag<IdleTimeout>(); }

Step<void> IdleEnvelope::call(Cell& cell) { return cell.deliver_idle_timeout(); }

Step<void> InfoEnvelope::call(Cell& cell) { return cell.deliver_info(std::move(info_)); }

std::coroutine_handle<> StopEnvelope::deliver(Cell& cell) {
  cell.request_stop(std::move(reason_), deadline_);
  return {};
}

std::coroutine_handle<> KillEnvelope::deliver(Cell& cell) {
  cell.kill(std::move(reason_));
  return {};
}

std::coroutine_handle<> CrashEnvelope::deliver(Cell& /*cell*/) { throw std::runtime_error(why_); }

std::coroutine_handle<> InspectEnvelope::deliver(Cell& cell) {
  action_(cell);
  return {};
}

std::coroutine_handle<> RoomEnvelope::deliver(Cell& cell) {
  cell.await_room(std::move(sender_));
  return {};
}

void RoomEnvelope::arrive(Shard& shard, std::unique_ptr<Envelope> self) {
  if (Cell* cell = find(shard, to())) {
    deliver(*cell);
    return;
  }
  undeliverable(shard.runtime(), std::move(self));
}

void SpawnEnvelope::arrive(Shard& shard, std::unique_ptr<Envelope> /*self*/) {
  shard.spawn(factory_, std::move(options_), std::move(reply_));
}

void on_undelivered(ReplySink& /*sink*/, Result<StartOutcome>& result) noexcept {
  Shard* shard = Shard::current();
  if (shard == nullptr || !result || !result->ok()) return;
  shard->send_signal(
      std::make_unique<StopEnvelope>(result->pid, ExitReason::shutdown("starter ended")));
}

}  // namespace coppice::actors
