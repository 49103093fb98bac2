// How an actor runs: its mailbox, its turns, its initialisation. How it ends is in cell_ending.cpp,
// whom it knows in cell_relations.cpp.
#include "actors/cell.hpp"

#include <algorithm>

#include "actors/cell_extras.hpp"
#include "actors/runtime.hpp"
#include "actors/shard.hpp"
#include "actors/signal_envelopes.hpp"
#include "actors/telemetry.hpp"

namespace coppice::actors {

std::string_view to_string(Overflow overflow) noexcept {
  switch (overflow) {
    case Overflow::reject: return "reject";
    case Overflow::drop_newest: return "drop_newest";
    case Overflow::drop_oldest: return "drop_oldest";
    case Overflow::conflate: return "conflate";
    case Overflow::kill_receiver: return "kill_receiver";
  }
  return "unknown";
}

/// The init of an actor that initialises itself in a coroutine.
class Cell::InitActivity final : public Envelope {
 public:
  InitActivity(Pid self, Task<Init> task) noexcept
      : Envelope(self, self, Lane::system), task_(std::move(task)) {}
  std::coroutine_handle<> deliver(Cell& /*cell*/) override { return task_.handle(); }
  [[nodiscard]] const detail::PromiseBase* coroutine() const noexcept override {
    return &task_.handle().promise();
  }
  void finish(Cell& cell) override { cell.initialised(task_.take()); }
  [[nodiscard]] const TypeTag& type() const noexcept override { return type_tag<Init>(); }
  [[nodiscard]] std::size_t bytes() const noexcept override { return sizeof *this; }

 private:
  Task<Init> task_;
};

Cell::Cell(Shard& shard, std::unique_ptr<Actor> actor, SpawnOptions&& options)
    : shard_(shard),
      actor_(std::move(actor)),
      type_(&actor_->type()),
      place_(std::move(options.place)),
      parent_(options.parent),
      capacity_(options.mailbox.capacity),
      overflow_policy_(options.mailbox.overflow),
      on_unstoppable_(options.on_unstoppable),
      keep_unstarted_(options.mailbox.keep_unstarted),
      owns_shard_(options.placement.kind() == Placement::Kind::own_thread),
      trap_exits_(options.trap_exits) {
  actor_->cell_ = this;
  if (options.memory_limit_bytes > 0 || options.mailbox.shed_calls_after) {
    extras().memory_limit_bytes = options.memory_limit_bytes;
    extras().shed_calls_after = options.mailbox.shed_calls_after;
    accounted_ = true;
  }
}

Cell::~Cell() = default;

StartOutcome Cell::prepare(const std::string& name) {
  const auto pid = shard_.slots().acquire(*this);
  if (!pid) {
    return {.reason = ExitReason::custom("system limit: the shard has no free actor slots")};
  }
  pid_ = *pid;
  slot_ = shard_.slots().find(pid_);
  // Senders on other threads may decide by the capacity only under `reject`; every other policy
  // needs the receiver.
  slot_->capacity.store(overflow_policy_ == Overflow::reject ? capacity_ : UINT32_MAX,
                        std::memory_order_relaxed);
  if (!name.empty()) {
    if (!register_name(name)) {
      const Pid owner = shard_.runtime().registry().find(name).pid;
      shard_.slots().invalidate(pid_);
      shard_.slots().release(pid_);
      return {.kind = StartOutcome::Kind::already_started, .pid = owner};
    }
  }
  if (place_ && keep_unstarted_) {
    for (MailQueue kept = place_->take_parked_mail(); !kept.empty();) {
      auto envelope = kept.pop();
      envelope->readdress(pid_);
      push_user(std::move(envelope));
    }
  }
  schedule();
  return {.kind = StartOutcome::Kind::ok, .pid = pid_};
}

CellExtras& Cell::extras() {
  if (!extras_) extras_ = std::make_unique<CellExtras>();
  return *extras_;
}

// -- mail ----------------------------------------------------------------------------------------

Sent Cell::accept(std::unique_ptr<Envelope> envelope) noexcept {
  if (envelope->lane() != Lane::user) {
    admit(std::move(envelope));
    return {};
  }
  if constexpr (kTelemetry) envelope->came_at(shard_.now());
  if (accounted_ && sheds(*envelope)) return refuse(std::move(envelope), Errc::overloaded);
  if (!has_room()) return overflow(std::move(envelope));
  push_user(std::move(envelope));
  return {};
}

void Cell::admit(std::unique_ptr<Envelope> envelope) noexcept {
  if constexpr (kTelemetry) envelope->came_at(shard_.now());
  switch (envelope->lane()) {
    case Lane::system:
      system_.push(std::move(envelope));
      schedule();
      return;
    case Lane::urgent: urgent_.push(std::move(envelope)); break;
    case Lane::signal: user_.push(std::move(envelope)); break;
    case Lane::user:
      if (accounted_ && sheds(*envelope)) {
        refuse(std::move(envelope), Errc::overloaded).ignore();
        return;
      }
      if (depth_ >= capacity_ && overflow_policy_ != Overflow::reject) {
        overflow(std::move(envelope)).ignore();
        return;
      }
      push_user(std::move(envelope));
      return;
  }
  if (!waits_on_handler() && !suspended_) schedule();
}

void Cell::push_user(std::unique_ptr<Envelope> envelope) noexcept {
  if (accounted_) account_pushed(*envelope);
  user_.push(std::move(envelope));
  ++depth_;
  slot_->depth.store(depth_, std::memory_order_relaxed);
  if (kTelemetry && depth_ > slot_->high_water.load(std::memory_order_relaxed)) {
    slot_->high_water.store(depth_, std::memory_order_relaxed);
  }
  if (!waits_on_handler() && !suspended_) schedule();
}

void Cell::report_overflow(const Envelope& envelope) noexcept {
  // Who listens may well send here again.
  if (std::exchange(reporting_overflow_, true)) return;
  shard_.runtime().events().emit({.kind = EventKind::mailbox_overflow,
                                  .pid = pid_,
                                  .other = envelope.from(),
                                  .path = place_ ? std::string_view(place_->path()) : "",
                                  .type = envelope.type().name,
                                  .detail = to_string(overflow_policy_),
                                  .value = depth_});
  reporting_overflow_ = false;
}

Sent Cell::overflow(std::unique_ptr<Envelope> envelope) noexcept {
  report_overflow(*envelope);
  const auto is_mail = [](const Envelope& e) { return e.lane() == Lane::user; };
  switch (overflow_policy_) {
    case Overflow::reject: break;
    case Overflow::drop_newest: {
      const DropScope dropped(Errc::overloaded);
      envelope.reset();
      return {};
    }
    case Overflow::drop_oldest: {
      auto oldest = user_.take_first(is_mail);
      if (!oldest) break;
      count_taken();
      if (accounted_) account_popped(*oldest);
      const DropScope dropped(Errc::overloaded);
      oldest.reset();
      push_user(std::move(envelope));
      return {};
    }
    case Overflow::conflate: {
      const auto key = envelope->conflation_key();
      if (!key) break;
      const TypeTag* type = &envelope->type();
      const std::size_t bytes = envelope->bytes();
      auto replaced = user_.replace_first(
          [&](const Envelope& e) { return &e.type() == type && e.conflation_key() == key; },
          envelope);
      if (!replaced) break;
      if (accounted_) extras_->mail_bytes += bytes - replaced->bytes();
      const DropScope dropped(Errc::overloaded);
      replaced.reset();
      return {};
    }
    case Overflow::kill_receiver: {
      // Through the mailbox: this is the sender's turn, not the actor's.
      admit(
          std::make_unique<StopEnvelope>(pid_, ExitReason::of(ExitReason::Kind::mailbox_overflow)));
      break;
    }
  }
  return refuse(std::move(envelope), Errc::overloaded);
}

Sent Cell::refuse(std::unique_ptr<Envelope> envelope, Errc why) noexcept {
  const std::string who = place_ ? place_->path() : std::string(type_->name);
  const DropScope refused(Error(why, "the mailbox of " + who + " is full"));
  envelope.reset();
  return why;
}

void Cell::continue_with(std::unique_ptr<Envelope> envelope) noexcept {
  continuation_ = std::move(envelope);
  schedule();
}

void Cell::schedule() noexcept {
  if (scheduled_ || (phase_ == Phase::finished && !fenced_)) return;
  scheduled_ = true;
  shard_.schedule(*this);
}

// Room is promised to one waiting sender per message taken, before anybody else can have it.
void Cell::offer_room() noexcept {
  auto& waiting = extras_->room_waiters;
  while (!waiting.empty() && has_room()) {
    ReplyTo<Room> sender = std::move(waiting.front());
    waiting.pop_front();
    if (!sender.expired(shard_.now())) sender.answer(Room::reserve(*slot_, pid_));
  }
}

void Cell::await_room(ReplyTo<Room> sender) {
  if (sender) extras().room_waiters.push_back(std::move(sender));
  if (extras_) offer_room();
}

void Cell::accept_reserved(std::unique_ptr<Envelope> envelope, Room room) noexcept {
  room.cancel();
  if constexpr (kTelemetry) envelope->came_at(shard_.now());
  push_user(std::move(envelope));
}

bool Cell::has_room() const noexcept {
  return depth_ + slot_->arriving.load(std::memory_order_relaxed) < capacity_;
}

void Cell::count_taken() noexcept {
  --depth_;
  slot_->depth.store(depth_, std::memory_order_relaxed);
}

// -- turns ---------------------------------------------------------------------------------------

// scheduled_ stays set during the turn, so that nothing done in it puts the actor on the list
// twice.
void Cell::turn(unsigned max_messages) noexcept {
  unsigned budget = max_messages;
  while (true) {
    try {
      step(budget);
      break;
    } catch (...) {  // the actor's crash: this is the one place where it is caught
      crashed(std::current_exception());
    }
  }
  scheduled_ = false;
  if (!is_idle()) schedule();
}

void Cell::step(unsigned& budget) {
  const bool resumes = !ready_.empty();
  run_ready_waiters();
  if (activity_.root && activity_.root.done()) complete_activity();
  if (fenced_) return;
  if (extras_ && phase_ < Phase::draining) {
    if (auto failure = extras_->background.take_failure()) std::rethrow_exception(failure);
  }
  if (resumes && extras_ && extras_->are_empty()) extras_.reset();
  if (resumes && accounted_) check_memory();
  serve_system_lane();
  if (phase_ == Phase::created && !stop_requested_) begin_init();
  work(budget);
  if (extras_ && extras_->idle_after) arm_idle_timeout();
  advance_stop();
}

void Cell::run_ready_waiters() noexcept {
  // Those that become ready meanwhile have the next turn: yield() lets other actors run.
  for (std::size_t due = ready_.size(); due > 0 && !ready_.empty(); --due) {
    Waiter* waiter = ready_.front();
    ready_.remove(*waiter);
    waiter->state_ = Waiter::State::idle;
    if (activity_.envelope) shard_.enter_message(activity_.envelope->type());
    std::exchange(waiter->coroutine_, nullptr).resume();
  }
}

void Cell::complete_activity() {
  if (fenced_) {  // a zombie has come to its end: what it says interests nobody
    const DropScope down(stop_reason_);
    activity_ = {};
    return;
  }
  if (debugged_) report_end_of_traced();
  activity_.root = nullptr;
  activity_.envelope->finish(*this);
  activity_.envelope.reset();
  if (extras_) extras_->run_deferred(*this);
}

void Cell::serve_system_lane() {
  while (!system_.empty() && phase_ < Phase::draining) {
    const auto envelope = system_.pop();
    std::ignore = envelope->deliver(*this);
  }
}

void Cell::work(unsigned& budget) {
  while (phase_ == Phase::running && !waits_on_handler() && !stop_requested_ && budget > 0) {
    auto envelope = next_message();
    if (!envelope) return;
    --budget;
    run(std::move(envelope));
    if (!system_.empty()) serve_system_lane();
  }
}

std::unique_ptr<Envelope> Cell::next_message() {
  if (continuation_) return std::move(continuation_);
  if (suspended_) return nullptr;
  if (!urgent_.empty()) {
    auto envelope = urgent_.pop();
    if (!extras_) return envelope;
    extras_->not_idle();
    const auto entry = extras_->timers.find(TimerId{envelope->timer_id()});
    if (entry != extras_->timers.end() && entry->second.period == Duration::zero()) {
      extras_->timers.erase(entry);
    }
    return envelope;
  }
  if (user_.empty()) {
    if (!extras_ || !extras_->idle_when_empty) return nullptr;
    extras_->idle_when_empty = false;
    return std::make_unique<IdleEnvelope>(pid_);
  }
  auto envelope = user_.pop();
  if (envelope->lane() == Lane::user) count_taken();
  if (extras_) {
    extras_->not_idle();
    if (accounted_ && envelope->lane() == Lane::user) account_popped(*envelope);
    if (!extras_->room_waiters.empty()) offer_room();
  }
  return envelope;
}

void Cell::run(std::unique_ptr<Envelope> envelope) {
  shard_.enter_message(envelope->type());
  if constexpr (kTelemetry) bump(slot_->handled, std::uint64_t{1});
  begin_activity(std::move(envelope));
  if (accounted_) check_memory();
}

// The envelope stays in activity_ while it is handled, so that a crash finds the call it owes.
void Cell::begin_activity(std::unique_ptr<Envelope> envelope) {
  activity_.envelope = std::move(envelope);
  if (debugged_) {
    run_activity();
    return;
  }
  activity_.root = activity_.envelope->deliver(*this);
  if (!activity_.root) {
    activity_.envelope.reset();
    return;
  }
  activity_.root.resume();
  if (activity_.root.done()) complete_activity();
}

void Cell::run_activity() {
  HandledMessage message{.from = activity_.envelope->from(),
                         .type = activity_.envelope->type().name,
                         .at = shard_.runtime().now()};
  Debugging& debugging = *extras_->debugging;
  debugging.began(message);
  activity_.root = activity_.envelope->deliver(*this);
  if (activity_.root) activity_.root.resume();
  message.took = shard_.runtime().now() - message.at;
  message.waits = activity_.root && !activity_.root.done();
  debugging.ended(message);
  if (debugging.traces(message.at)) {
    report_traced(message, message.waits ? "waits" : "");
    if (message.waits) debugging.waits(message);
  }
  debugged_ = debugging.active(message.at);
  if (!activity_.root) {
    activity_.envelope.reset();
  } else if (activity_.root.done()) {
    complete_activity();
  }
}

void Cell::report_traced(const HandledMessage& message, std::string_view course) const {
  shard_.runtime().events().emit({.kind = EventKind::actor_message,
                                  .pid = pid_,
                                  .other = message.from,
                                  .path = place_ ? std::string_view(place_->path()) : "",
                                  .type = message.type,
                                  .detail = course,
                                  .duration = message.took,
                                  .value = depth_});
}

/// Of a message whose handler has waited meanwhile.
void Cell::report_end_of_traced() {
  auto message = extras_->debugging->take_waiting();
  const Time now = shard_.runtime().now();
  if (!message || !extras_->debugging->traces(now)) return;
  message->took = now - message->at;
  report_traced(*message, "waited");
}

bool Cell::has_frames() const noexcept {
  return activity_.root || (extras_ && extras_->background.running() > 0);
}

bool Cell::is_idle() const noexcept {
  if (!ready_.empty() || !system_.empty() || phase_ == Phase::created) return false;
  if (extras_ && extras_->background.has_failed() && phase_ < Phase::draining) return false;
  if (phase_ != Phase::running || waits_on_handler() || stop_requested_) return true;
  if (continuation_) return false;
  if (suspended_) return true;
  return urgent_.empty() && user_.empty() && (!extras_ || !extras_->idle_when_empty);
}

// -- initialisation ------------------------------------------------------------------------------

void Cell::begin_init() {
  phase_ = Phase::starting;
  shard_.enter_message(type_tag<Init>());
  Step<Init> init = actor_->on_init();
  if (init.is_done()) {
    initialised(std::move(init.value()));
    return;
  }
  if (!init.task()) {
    throw ExitException(ExitReason::of(ExitReason::Kind::bad_return_value, "init: empty task"));
  }
  begin_activity(std::make_unique<InitActivity>(pid_, std::move(init.task())));
}

void Cell::arm_init_deadline(Duration timeout) {
  auto& timer = extras().init_deadline.emplace([this] {
    Cell& self = *this;  // the kill may destroy this function
    ExitReason reason = ExitReason::of(ExitReason::Kind::init_timeout);
    self.report_crash(reason);
    self.kill(std::move(reason));
    self.schedule();
  });
  shard_.timers().arm(timer, deadline_after(shard_.now(), timeout));
}

void Cell::initialised(Init init) {
  if (phase_ != Phase::starting) return;  // killed, or past its deadline, at the last moment
  if (extras_) extras_->init_deadline.reset();
  if (shard_.set_aside()) return;  // abandoned meanwhile, and its place may be another's
  if (init.kind() != Init::Kind::ok) {
    const bool ignored = init.kind() == Init::Kind::ignore;
    if (ignored) start_failure_ = StartOutcome::Kind::ignored;
    resign(ignored ? ExitReason::normal() : init.reason());  // its starter is told why
    return;
  }
  phase_ = Phase::running;
  started_ = true;
  publish_state(ActorState::running);
  if (place_) place_->running(pid_, shard_.now());
  shard_.runtime().events().emit({.kind = EventKind::actor_start,
                                  .pid = pid_,
                                  .other = parent_,
                                  .path = place_ ? std::string_view(place_->path()) : "",
                                  .type = type_->name});
  start_reply_.answer(
      StartOutcome{.kind = StartOutcome::Kind::ok, .pid = pid_, .info = std::move(init.info())});
}

// -- hooks ---------------------------------------------------------------------------------------

Step<void> Cell::deliver_down(Down down) { return actor_->on_down(std::move(down)); }
Step<void> Cell::deliver_exit(Exit exit) { return actor_->on_exit(std::move(exit)); }
Step<void> Cell::deliver_child_exit(ChildExit exit) {
  return actor_->on_child_exit(std::move(exit));
}
Step<void> Cell::deliver_idle_timeout() { return actor_->on_idle_timeout(); }
Step<void> Cell::deliver_info(Info info) { return actor_->on_info(std::move(info)); }

// -- load ----------------------------------------------------------------------------------------

std::size_t Cell::mailbox_bytes() const noexcept {
  std::size_t bytes = 0;
  user_.for_each([&](const Envelope& envelope) { bytes += envelope.bytes(); });
  return bytes;
}

void Cell::check_memory() {
  const std::size_t limit = extras_->memory_limit_bytes;
  if (limit == 0 || stop_requested_) return;
  const std::size_t used = extras_->mail_bytes + actor_->state_bytes();
  if (used <= limit) return;
  shard_.runtime().events().emit(
      {.kind = EventKind::limit_memory, .pid = pid_, .type = type_->name, .value = used});
  stop_after_handler(
      ExitReason::of(ExitReason::Kind::memory_limit,
                     std::to_string(used) + " of " + std::to_string(limit) + " bytes"));
}

// One waiting message at a time is marked with the time it came in; its wait stands for all.
void Cell::account_pushed(const Envelope& envelope) noexcept {
  extras_->mail_bytes += envelope.bytes();
  if (!extras_->shed_calls_after || extras_->age_mark) return;
  extras_->age_mark = shard_.now();
  extras_->messages_to_mark = depth_ + 1;
}

void Cell::account_popped(const Envelope& envelope) noexcept {
  extras_->mail_bytes -= envelope.bytes();
  if (depth_ == 0) {  // nothing waits, whatever was marked
    extras_->age_mark.reset();
    set_shedding(false, Duration::zero());
    return;
  }
  if (!extras_->age_mark || --extras_->messages_to_mark > 0) return;
  const Duration limit = *extras_->shed_calls_after;
  const Duration age = shard_.now() - *extras_->age_mark;
  extras_->age_mark.reset();
  set_shedding(age > (shedding_ ? limit / 2 : limit), age);
}

bool Cell::sheds(const Envelope& envelope) noexcept {
  if (!envelope.is_call() || !extras_->shed_calls_after) return false;
  if (extras_->age_mark) {
    const Duration age = shard_.now() - *extras_->age_mark;
    if (age > *extras_->shed_calls_after) set_shedding(true, age);
  }
  return shedding_;
}

void Cell::set_shedding(bool on, Duration age) noexcept {
  if (std::exchange(shedding_, on) == on) return;
  shard_.runtime().events().emit({.kind = EventKind::mailbox_age,
                                  .pid = pid_,
                                  .type = type_->name,
                                  .detail = on ? "shedding calls" : "recovered",
                                  .duration = age,
                                  .value = depth_});
}

// -- operators -----------------------------------------------------------------------------------

Debugging& Cell::debugging() {
  auto& debugging = extras().debugging;
  if (!debugging) debugging = std::make_unique<Debugging>();
  debugged_ = true;  // the next message finds out whether that is still so
  return *debugging;
}

void Cell::between_messages(std::move_only_function<void(Cell&)> action) {
  if (!waits_on_handler()) {
    action(*this);
  } else {
    extras().deferred.push_back(std::move(action));
  }
}

std::vector<std::string> Cell::awaiting() const {
  const auto* coroutine = activity_.envelope ? activity_.envelope->coroutine() : nullptr;
  return coroutine != nullptr ? coroutine->innermost().await_chain() : std::vector<std::string>{};
}

void Cell::suspend() noexcept {
  suspended_ = true;
  if (phase_ == Phase::running) publish_state(ActorState::suspended);
}

void Cell::resume() noexcept {
  suspended_ = false;
  if (phase_ == Phase::running) publish_state(ActorState::running);
  schedule();
}

void Cell::publish_state(ActorState state) noexcept {
  slot_->state.store(state, std::memory_order_relaxed);
}

std::vector<WaitingMessage> Cell::waiting(std::size_t most) const {
  std::vector<WaitingMessage> messages;
  const Time now = shard_.now();
  const auto add = [&](const Envelope& envelope) {
    if (messages.size() == most) return;
    messages.push_back({std::string(envelope.type().name), envelope.waited(now)});
  };
  urgent_.for_each(add);
  user_.for_each(add);
  return messages;
}

bool Cell::promote(std::size_t nth) noexcept {
  std::size_t position = 0;
  auto chosen = user_.take_first([&](const Envelope&) { return position++ == nth; });
  if (!chosen) return false;
  MailQueue rest = std::move(user_);
  user_ = MailQueue();
  user_.push(std::move(chosen));
  while (!rest.empty()) user_.push(rest.pop());
  return true;
}

}  // namespace coppice::actors
