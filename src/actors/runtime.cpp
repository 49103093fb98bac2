#include "actors/runtime.hpp"

#include <algorithm>
#include <cstdlib>

#include "actors/blocking_pool.hpp"
#include "actors/external_call.hpp"
#include "actors/signal_envelopes.hpp"
#include "actors/stop.hpp"
#include "actors/ticks.hpp"

namespace coppice::actors {

Runtime::Runtime(RuntimeOptions options)
    : options_(std::move(options)),
      clock_(options_.clock ? options_.clock : steady_clock()),
      root_(Place::root()),
      blocking_pool_(std::make_unique<BlockingPool>(options_.blocking, options_.manual)) {
  if (options_.shards == 0) options_.shards = std::max(1U, std::thread::hardware_concurrency());
  options_.shards = std::min(options_.shards, Pid::kMaxShard / 2);
  options_.own_threads = std::min(options_.own_threads, Pid::kMaxShard + 1 - options_.shards);
  const std::lock_guard lock(shards_mutex_);
  for (std::uint32_t i = 0; i < options_.shards; ++i) add_shard(/*dedicated=*/false);
}

Runtime::~Runtime() {
  end_threads();
  blocking_pool_->close();
  // Mail that was kept for a next incarnation is owed answers, which need the shards.
  root_->stopped();
  for (Shard* shard : all_shards()) shard->tear_down();
}

void Runtime::end_threads() {
  std::unique_lock lock(shards_mutex_);
  ending_ = true;  // from here on no shard is added that nobody would stop
  for (const auto& shard : shards_) shard->stop();
  const Time limit = deadline_after(steady_clock()->now(), options_.exit_limit);
  if (!thread_ended_.wait_until(lock, limit, [this] { return running_threads_ == 0; })) {
    lock.unlock();
    abort_for_stuck_threads();
  }
  auto threads = std::move(threads_);
  lock.unlock();
  for (auto& thread : threads) thread.join();
}

void Runtime::thread_ended() {
  const std::lock_guard lock(shards_mutex_);
  --running_threads_;
  thread_ended_.notify_all();
}

void Runtime::abort_for_stuck_threads() {
  for (const Shard* shard : all_shards()) {
    if (shard->native_thread() == 0) continue;
    const ShardActivity& activity = shard->activity();
    const Pid pid = Pid::from_bits(activity.pid.load(std::memory_order_acquire));
    const TypeTag* actor = pid ? activity.actor_type.load(std::memory_order_relaxed) : nullptr;
    events_.emit({.kind = EventKind::core_stalled,
                  .pid = pid,
                  .path = actor != nullptr ? actor->name : std::string_view(),
                  .detail = "holds its thread, so the runtime can't end",
                  .duration = options_.exit_limit,
                  .value = shard->index()});
  }
  std::abort();
}

std::vector<Shard*> Runtime::all_shards() const {
  const std::lock_guard lock(shards_mutex_);
  std::vector<Shard*> out;
  for (const auto& shard : shards_) out.push_back(shard.get());
  return out;
}

Shard& Runtime::add_shard(bool dedicated) {
  const auto index = static_cast<std::uint32_t>(shards_.size());
  shards_.push_back(std::make_unique<Shard>(*this, index, dedicated));
  Shard& shard = *shards_.back();
  shard_table_[index].store(&shard, std::memory_order_release);
  if (!options_.manual) {
    ++running_threads_;
    threads_.emplace_back([this, &shard] {
      shard.run(options_.spin);
      thread_ended();
    });
  }
  return shard;
}

Result<Shard*> Runtime::acquire_dedicated() {
  const std::lock_guard lock(shards_mutex_);
  if (ending_) return fail(Errc::shutting_down, "the runtime has ended");
  if (!idle_dedicated_.empty()) {
    Shard* shard = idle_dedicated_.back();
    idle_dedicated_.pop_back();
    return shard;
  }
  if (shards_.size() >= options_.shards + options_.own_threads) {
    return fail(Errc::overloaded, "all " + std::to_string(options_.own_threads) +
                                      " threads of own_thread actors are in use");
  }
  return &add_shard(/*dedicated=*/true);
}

void Runtime::moved_in(Tenant tenant) {
  const std::lock_guard lock(shards_mutex_);
  tenants_.insert_or_assign(tenant.shard->index(), std::move(tenant));
}

bool Runtime::release_dedicated(Shard& shard) noexcept {
  const std::lock_guard lock(shards_mutex_);
  if (shard.set_aside()) return false;
  tenants_.erase(shard.index());
  idle_dedicated_.push_back(&shard);
  return true;
}

bool Runtime::abandon(Pid pid) {
  const auto tenant = set_aside(pid);
  if (!tenant) return false;
  const ExitReason reason = ExitReason::of(ExitReason::Kind::abandoned);
  events_.emit({.kind = EventKind::zombie_add,
                .pid = pid,
                .other = tenant->parent,
                .path = tenant->place ? std::string_view(tenant->place->path()) : "",
                .type = tenant->type->name,
                .detail = "blocks its thread",
                .reason = &reason});
  const auto stuck = stuck_threads_.fetch_add(1, std::memory_order_relaxed) + 1;
  const bool must_abort = tenant->on_unstoppable == OnUnstoppable::abort_process;
  if (must_abort || stuck > options_.max_zombies_per_shard) std::abort();
  // Its name is free before anybody can see that it has ended.
  registry_.forget(pid);
  if (tenant->place) tenant->place->ended(pid, static_cast<bool>(tenant->parent));
  tenant->shard->return_mail();
  if (tenant->parent) {
    send_signal(std::make_unique<ChildExitEnvelope>(tenant->parent, ChildExit{pid, reason},
                                                    /*is_news=*/true));
  }
  return true;
}

std::optional<Runtime::Tenant> Runtime::set_aside(Pid pid) {
  const std::lock_guard lock(shards_mutex_);
  const auto entry = tenants_.find(pid.shard());
  if (entry == tenants_.end() || entry->second.pid != pid) return std::nullopt;
  Shard& shard = *entry->second.shard;
  // One that has ended is about to say so, and one on this thread has heard of its kill.
  if (!shard.slots().find(pid)->is(pid) || &shard == Shard::current()) return std::nullopt;
  if (entry->second.on_unstoppable == OnUnstoppable::wait) return std::nullopt;
  shard_table_[pid.shard()].store(nullptr, std::memory_order_release);
  shard.set_aside_for_good();
  return std::move(tenants_.extract(entry).mapped());
}

Result<Shard*> Runtime::resolve(const Placement& placement) {
  using enum Placement::Kind;
  switch (placement.kind()) {
    case own_thread: return acquire_dedicated();
    case shard:
    case hash: return &this->shard(static_cast<std::uint32_t>(placement.value() % options_.shards));
    case any: break;
    case inherit:
      if (Shard* current = Shard::current()) return current;
      break;
  }
  return &this->shard(next_any_.fetch_add(1, std::memory_order_relaxed) % options_.shards);
}

void Runtime::start_async(Factory factory, SpawnOptions options, ReplyTo<StartOutcome> reply) {
  const Result<Shard*> shard = resolve(options.placement);
  if (!shard) {
    reply.answer(StartOutcome{.reason = ExitReason::custom(shard.error().message())});
    return;
  }
  if (Shard::current() == *shard) {
    (*shard)->spawn(factory, std::move(options), std::move(reply));
    return;
  }
  (*shard)->post(
      std::make_unique<SpawnEnvelope>(std::move(factory), std::move(options), std::move(reply)));
}

StartOutcome Runtime::start(Factory factory, SpawnOptions options) {
  auto call = ExternalCall<StartOutcome>::make(*this);
  start_async(std::move(factory), std::move(options), call->reply_to(Time::max()));
  auto outcome = call->wait(Time::max());
  if (outcome) return std::move(*outcome);
  return {.reason = ExitReason::custom(outcome.error().message())};
}

Slot* Runtime::slot(Pid pid) const noexcept {
  const Shard* shard = find_shard(pid.shard());
  return shard != nullptr && pid ? shard->slots().find(pid) : nullptr;
}

Sent Runtime::send(std::unique_ptr<Envelope> envelope) noexcept {
  const Pid to = envelope->to();
  Shard* const shard = find_shard(to.shard());
  Slot* slot = shard != nullptr ? shard->slots().find(to) : nullptr;
  if (slot == nullptr || !slot->is(to)) {
    const DropScope noproc(Errc::noproc);
    envelope.reset();
    return Errc::noproc;
  }
  if (envelope->lane() == Lane::user) {
    if (!slot->has_room()) {
      const DropScope full(Error(Errc::overloaded, "the mailbox of " + to_string(to) + " is full"));
      envelope.reset();
      return Errc::overloaded;
    }
    slot->arriving.fetch_add(1, std::memory_order_relaxed);
  }
  shard->post(std::move(envelope));
  return {};
}

void Runtime::send_signal(std::unique_ptr<Envelope> envelope) noexcept {
  if (Shard* shard = find_shard(envelope->to().shard())) {
    shard->post(std::move(envelope));
    return;
  }
  Envelope& lost = *envelope;
  lost.undeliverable(*this, std::move(envelope));
}

void Runtime::kill(Pid pid, ExitReason reason) noexcept {
  send_signal(std::make_unique<KillEnvelope>(pid, std::move(reason)));
}

void Runtime::crash(Pid pid, std::string why) noexcept {
  send_signal(std::make_unique<CrashEnvelope>(pid, std::move(why)));
}

namespace {

/// Ends one actor and answers with its exit reason.
class Stopper final : public Actor {
 public:
  Stopper(Pid target, ExitReason reason, Duration timeout, ReplyTo<ExitReason> reply)
      : target_(target), reason_(std::move(reason)), timeout_(timeout), reply_(std::move(reply)) {}

  [[nodiscard]] const TypeTag& type() const noexcept override { return type_tag<Stopper>(); }

 private:
  Step<Init> on_init() override { return run(); }
  Step<void> on_terminate(const ExitReason& /*reason*/) override { return {}; }
  Step<void> on_down(Down /*down*/) override { return {}; }
  Step<void> on_exit(Exit /*exit*/) override { return {}; }
  Step<void> on_child_exit(ChildExit /*exit*/) override { return {}; }
  Step<void> on_idle_timeout() override { return {}; }
  Step<void> on_info(Info /*info*/) override { return {}; }

  Task<Init> run() {
    auto ended = co_await stop_and_wait(target_, reason_, timeout_, OnTimeout::kill);
    if (ended.kind() == ExitReason::Kind::noproc) {
      reply_.answer(fail(Errc::noproc));
    } else {
      reply_.answer(std::move(ended));
    }
    co_return Init::ignore();
  }

  Pid target_;
  ExitReason reason_;
  Duration timeout_;
  ReplyTo<ExitReason> reply_;
};

}  // namespace

Result<ExitReason> Runtime::stop(Pid pid, ExitReason reason, Duration timeout) {
  auto call = ExternalCall<ExitReason>::make(*this);
  auto reply = std::make_shared<ReplyTo<ExitReason>>(call->reply_to(Time::max()));
  const Factory factory = [=] {
    return std::make_unique<Stopper>(pid, reason, timeout, std::move(*reply));
  };
  start_async(factory, {.placement = Placement::any()}, {});
  return call->wait(Time::max());
}

namespace {

void run_inspection(const std::function<void(Cell&)>& action, ReplyTo<void>& reply, Cell& cell) {
  if (reply.expired(cell.shard().now())) return;
  try {
    action(cell);
    reply.answer({});
  } catch (const std::exception& e) {  // the operator's function, not the actor's
    reply.answer(fail(Errc::callback_failed, e.what()));
  } catch (...) {
    reply.answer(fail(Errc::callback_failed));
  }
}

}  // namespace

Result<void> Runtime::inspect(Pid pid, std::function<void(Cell&)> action, Duration timeout,
                              InspectWhen when) {
  const Time deadline = deadline_after(now(), timeout);
  auto call = ExternalCall<void>::make(*this);
  InspectEnvelope::Action run = [action = std::move(action), reply = call->reply_to(deadline)](
                                    Cell& cell) mutable { run_inspection(action, reply, cell); };
  if (when == InspectWhen::between_messages) {
    run = [inner = std::move(run)](Cell& cell) mutable { cell.between_messages(std::move(inner)); };
  }
  send_signal(std::make_unique<InspectEnvelope>(pid, std::move(run)));
  return call->wait(deadline);
}

Result<ActorStats> Runtime::stats(Pid pid) const {
  const Slot* slot = this->slot(pid);
  if (slot == nullptr || !slot->is(pid)) return fail(Errc::noproc, to_string(pid));
  return ActorStats{.pid = pid,
                    .state = slot->state.load(std::memory_order_relaxed),
                    .mailbox_depth = slot->depth.load(std::memory_order_relaxed) +
                                     slot->arriving.load(std::memory_order_relaxed),
                    .mailbox_high_water = slot->high_water.load(std::memory_order_relaxed),
                    .handled = slot->handled.load(std::memory_order_relaxed),
                    .busy = ticks_to_duration(slot->busy_ticks.load(std::memory_order_relaxed))};
}

std::vector<ActorStats> Runtime::all_stats() const {
  std::vector<ActorStats> out;
  for (const Shard* shard : all_shards()) {
    for (std::uint32_t i = 0; i < shard->slots().size(); ++i) {
      const Slot& slot = shard->slots().at(i);
      if (slot.state.load(std::memory_order_relaxed) == ActorState::free) continue;
      const Pid pid(shard->index(), i, slot.generation.load(std::memory_order_acquire));
      if (auto one = stats(pid)) out.push_back(*one);
    }
  }
  return out;
}

bool Runtime::wait(const std::function<bool()>& done, Time deadline) {
  if (options_.manual) {
    const auto is_done = [&] {
      const auto lock = lock_waiters();
      return done();
    };
    while (!is_done()) {
      if (!driver_ || !driver_(deadline)) return is_done();
    }
    return true;
  }
  auto lock = lock_waiters();
  if (deadline == Time::max()) {
    wait_changed_.wait(lock, done);
    return true;
  }
  return wait_changed_.wait_until(lock, deadline, done);
}

void report_late_reply(Runtime& runtime) noexcept {
  runtime.events().emit({.kind = EventKind::call_late_reply});
}

void Runtime::notify_waiters() {
  // The lock orders this after the waiter's check, so that no notice is lost.
  const auto lock = lock_waiters();
  wake_waiters();
}

}  // namespace coppice::actors
