#include "actors/shard.hpp"

#include <cstdlib>
#include <pthread.h>
#include <thread>

#include <boost/asio/post.hpp>

#include "actors/answers_together.hpp"
#include "actors/burst.hpp"
#include "actors/runtime.hpp"
#include "actors/signal_envelopes.hpp"
#include "actors/start_ticket.hpp"
#include "actors/telemetry.hpp"
#include "actors/throw_trace.hpp"
#include "actors/ticks.hpp"

namespace coppice::actors {
namespace {

constinit thread_local Shard* current_shard = nullptr;

}  // namespace

/// Makes a shard the current one of this thread.
class Shard::CurrentScope {
 public:
  explicit CurrentScope(Shard& shard) noexcept : outer_(std::exchange(current_shard, &shard)) {}
  CurrentScope(const CurrentScope&) = delete;
  CurrentScope& operator=(const CurrentScope&) = delete;
  ~CurrentScope() { current_shard = outer_; }

 private:
  Shard* outer_;
};

Shard::Shard(Runtime& runtime, std::uint32_t index, bool dedicated)
    : runtime_(runtime),
      index_(index),
      dedicated_(dedicated),
      slots_(index),
      // Hint 1: one thread runs this context, though others may post to it.
      io_(std::make_unique<boost::asio::io_context>(1)),
      work_(std::make_unique<
            boost::asio::executor_work_guard<boost::asio::io_context::executor_type>>(
          io_->get_executor())),
      timers_(runtime.now()),
      now_(runtime.now()),
      last_poll_(now_) {}

Shard::~Shard() { tear_down(); }

Shard* Shard::current() noexcept { return current_shard; }

Cell* Shard::current_cell() noexcept {
  return current_shard != nullptr ? current_shard->current_cell_ : nullptr;
}

Sent Shard::send(std::unique_ptr<Envelope> envelope) noexcept {
  if (is_fenced()) {
    const DropScope fenced(Errc::shutting_down);
    envelope.reset();
    return Errc::shutting_down;
  }
  const Pid to = envelope->to();
  if (to.shard() != index_) return runtime_.send(std::move(envelope));
  if (Cell* cell = slots_.cell(to)) return cell->accept(std::move(envelope));
  const DropScope noproc(Errc::noproc);
  envelope.reset();
  return Errc::noproc;
}

std::optional<Room> Shard::try_reserve(Pid to) noexcept {
  Slot* slot = runtime_.slot(to);
  if (slot == nullptr) return std::nullopt;
  if (to.shard() == index_) {
    const Cell* cell = slots_.cell(to);
    if (cell == nullptr || !cell->has_room()) return std::nullopt;
    return Room::reserve(*slot, to);
  }
  // Reserved before it is counted, so that of several senders for the last place none gets one
  // that isn't there.
  Room room = Room::reserve(*slot, to);
  if (slot->is(to) && slot->is_within_capacity()) return room;
  room.cancel();
  return std::nullopt;
}

Sent Shard::send_reserved(std::unique_ptr<Envelope> envelope, Room room) noexcept {
  const Pid to = envelope->to();
  if (is_fenced()) return Errc::shutting_down;
  if (to.shard() == index_) {
    Cell* cell = slots_.cell(to);
    if (cell == nullptr) return Errc::noproc;
    cell->accept_reserved(std::move(envelope), std::move(room));
    return {};
  }
  Shard* const shard = runtime_.find_shard(to.shard());
  const Slot* slot = shard != nullptr ? shard->slots().find(to) : nullptr;
  if (slot == nullptr || !slot->is(to)) return Errc::noproc;
  room.use();
  shard->post(std::move(envelope));
  return {};
}

void Shard::send_signal(std::unique_ptr<Envelope> envelope) noexcept {
  if (envelope->to().shard() != index_) {
    runtime_.send_signal(std::move(envelope));
    return;
  }
  Envelope& arriving = *envelope;
  arriving.arrive(*this, std::move(envelope));
}

void Shard::post(std::unique_ptr<Envelope> envelope) noexcept {
  if (inbox_.push(std::move(envelope))) wake();
  if (set_aside()) return_mail();
}

void Shard::post(MailBundle bundle) noexcept {
  if (inbox_.push(std::move(bundle))) wake();
  if (set_aside()) return_mail();
}

// NOLINTNEXTLINE(bugprone-exception-escape): without memory for an answer the process ends
void Shard::post_reply(std::unique_ptr<Envelope> envelope) noexcept {
  if (auto* together = AnswersTogether::current()) {
    together->add(*this, std::move(envelope));
  } else {
    post(std::move(envelope));
  }
}

// NOLINTNEXTLINE(bugprone-exception-escape): without memory for a post the process ends
void Shard::wake() noexcept {
  if (!sleeping_.exchange(false, std::memory_order_seq_cst)) return;
  runtime_.bell().ring();
  boost::asio::post(*io_, [] {});
}

Pid Shard::spawn(std::unique_ptr<Actor> actor, SpawnOptions&& options,
                 ReplyTo<StartOutcome> reply) {
  const std::string name = std::move(options.name);
  const bool link = options.link;
  const Pid parent = options.parent;
  const auto init_timeout = options.init_timeout;
  const auto ticket = std::move(options.ticket);
  auto cell = std::make_unique<Cell>(*this, std::move(actor), std::move(options));
  StartOutcome outcome = cell->prepare(name);
  if (!outcome.ok()) {
    cell.reset();
    release_if_vacant();
    reply.answer(std::move(outcome));
    return {};
  }
  ++population_;
  if (cell->owns_shard()) {
    runtime_.moved_in({.shard = this,
                       .pid = outcome.pid,
                       .parent = parent,
                       .type = &cell->type(),
                       .place = cell->place(),
                       .on_unstoppable = cell->on_unstoppable_});
  }
  const Pid pid = outcome.pid;
  cell->set_start_reply(std::move(reply));
  if (init_timeout) cell->arm_init_deadline(*init_timeout);
  std::ignore = cell.release();  // owned by the shard through its slot until its last turn
  if (ticket) ticket->created(*this, pid);
  if (!parent) return pid;
  if (Cell* parent_cell = find_here(parent)) {
    parent_cell->add_child(pid);
  } else {
    send_signal(std::make_unique<ChildStartedEnvelope>(pid, parent));
  }
  if (link) slots_.cell(pid)->link(parent);
  return pid;
}

Pid Shard::spawn(const std::function<std::unique_ptr<Actor>()>& factory, SpawnOptions options,
                 ReplyTo<StartOutcome> reply) {
  StartOutcome failure;
  try {
    if (auto actor = factory()) {
      return spawn(std::move(actor), std::move(options), std::move(reply));
    }
    failure.reason = ExitReason::of(ExitReason::Kind::bad_return_value, "start: no actor");
  } catch (...) {  // a constructor that throws is a failed start
    failure.reason = reason_of(std::current_exception(), "constructor");
  }
  release_if_vacant();
  reply.answer(std::move(failure));
  return {};
}

void Shard::schedule(Cell& cell) noexcept { ready_.push(cell); }

bool Shard::complete(std::uint64_t id, void* result) noexcept {
  PendingCall* call = pending_calls_.take(id);
  if (call == nullptr) return false;
  call->on_reply(result);
  return true;
}

void Shard::late_reply() noexcept {
  late_replies_.fetch_add(1, std::memory_order_relaxed);
  runtime_.events().emit({.kind = EventKind::call_late_reply, .value = index_});
}

// -- running -------------------------------------------------------------------------------------

void Shard::run(Duration spin) {
  native_thread_.store(pthread_self(), std::memory_order_release);
  ThrowTrace::enable(true);
  const CurrentScope scope(*this);
  while (!stopping_.load(std::memory_order_relaxed)) {
    take_in();
    run_batch();
    if (must_evict()) evict();
    if (ready_.empty() && inbox_.empty()) rest(spin);
  }
  native_thread_.store(0, std::memory_order_release);
}

// NOLINTNEXTLINE(bugprone-exception-escape): as wake()
void Shard::stop() noexcept {
  stopping_.store(true, std::memory_order_seq_cst);
  sleeping_.store(false, std::memory_order_seq_cst);
  boost::asio::post(*io_, [] {});
}

bool Shard::take_in() {
  now_ = runtime_.now();
  bool came = drain_inbox();
  came |= timers_.advance(now_) > 0;
  // Polling is a system call; a busy shard need not make one per batch.
  if (ready_.empty() || now_ - last_poll_ >= kPollInterval) came |= poll_io();
  return came;
}

bool Shard::drain_inbox() noexcept {
  if (inbox_.empty()) return false;
  MailQueue mail = inbox_.take_all();
  drains_ = true;
  // Broadcasts that come one after the other are handed out together, but before a message that
  // comes behind them.
  std::optional<Burst> burst;
  while (!mail.empty()) {
    auto envelope = mail.pop();
    if (envelope->lane() == Lane::user) {
      burst.reset();
      slots_.at(envelope->to().slot()).arriving.fetch_sub(1, std::memory_order_relaxed);
    } else if (!burst) {
      burst.emplace();
    }
    Envelope& arriving = *envelope;
    arriving.arrive(*this, std::move(envelope));
  }
  burst.reset();
  drains_ = false;
  return true;
}

bool Shard::poll_io() noexcept {
  last_poll_ = now_;
  // Not poll(): it goes on for as long as there is input, and a flood of it would keep the thread
  // from every actor here. Nor is their number enough: one may serve many connections.
  const auto poll = [this, until = clock_now() + kLongestPoll](auto& io) {
    unsigned handled = 0;
    while (handled < kHandlersPerPoll && io.poll_one() > 0) {
      ++handled;
      if (clock_now() >= until) break;
    }
    return handled;
  };
  return run_io(poll) > 0;
}

// Foreign code's exception is its own: it must not end the actors that live here.
template <class Run>
std::size_t Shard::run_io(Run run) noexcept {
  bump(activity_.sequence, std::uint64_t{1});
  try {
    return run(*io_);
  } catch (...) {
    io_threw(std::current_exception());
    return 1;
  }
}

void Shard::io_threw(const std::exception_ptr& exception) noexcept {
  const ExitReason reason = reason_of(exception, "Asio handler");
  const std::string text = reason.to_string();
  runtime_.events().emit(
      {.kind = EventKind::io_crash, .detail = text, .value = index_, .reason = &reason});
}

void Shard::run_batch() noexcept {
  if (ready_.empty()) return;
  for (unsigned turns = 0; turns < kTurnsPerBatch && !ready_.empty(); ++turns) {
    turn(ready_.pop(), kMessagesPerTurn);
  }
  leave();
}

void Shard::run_nth(std::size_t n, unsigned max_messages) noexcept {
  turn(ready_.pop_nth(n), max_messages);
  leave();
}

void Shard::turn(Cell& cell, unsigned max_messages) noexcept {
  current_cell_ = &cell;
  enter(cell);
  const unsigned weight = cell.slot_ != nullptr ? weight_of_turn(*cell.slot_) : 0;
  if (weight == 0) {
    cell.turn(max_messages);
  } else {
    const std::uint64_t began = ticks();
    cell.turn(max_messages);
    bump(cell.slot_->busy_ticks, (ticks() - began) * weight);
  }
  current_cell_ = nullptr;
  if (cell.finished()) reap(cell);
}

// Reading the time twice costs as much as handling a small message. So the turns of an actor are
// timed one and all only until it has handled a thousand messages; later a random few stand for the
// rest. (By chance and not by count: actors may take turns in step.)
unsigned Shard::weight_of_turn(const Slot& slot) noexcept {
  if constexpr (!kTelemetry) return 0;
  if (slot.handled.load(std::memory_order_relaxed) < kMessagesTimedExactly) return 1;
  sampling_ = sampling_ * 6364136223846793005U + 1442695040888963407U;  // Knuth's MMIX generator
  return sampling_ >> 32U < (std::uint64_t{1} << 32U) / kTurnsPerSample ? kTurnsPerSample : 0;
}

void Shard::reap(Cell& cell) noexcept {
  if (cell.fenced() && cell.has_frames()) {
    zombie_cells_.insert(&cell);
    return;
  }
  if (cell.fenced()) {
    if (zombie_cells_.erase(&cell) > 0 && cell.abandoned()) {
      zombies_.fetch_sub(1, std::memory_order_relaxed);
    }
    runtime_.events().emit({.kind = EventKind::zombie_reap, .pid = cell.pid()});
    slots_.release(cell.pid());
  }
  std::unique_ptr<Cell>{&cell}.reset();
  --population_;
  release_if_vacant();
}

// Children of the actor that the shard was for may outlive it.
void Shard::release_if_vacant() noexcept {
  if (!dedicated_ || population_ > 0) return;
  if (!runtime_.release_dedicated(*this)) retire();
}

// -- abandoning ----------------------------------------------------------------------------------

void Shard::set_aside_for_good() noexcept {
  zombies_.fetch_add(1, std::memory_order_relaxed);
  set_aside_.store(true, std::memory_order_seq_cst);
  wake();  // it may have come back just now
}

void Shard::return_mail() noexcept {
  const ExitReason abandoned = ExitReason::of(ExitReason::Kind::abandoned);
  MailQueue mail = inbox_.take_all();
  while (!mail.empty()) {
    auto envelope = mail.pop();
    if (!envelope->to()) {  // an answer: the frame that waits for it remains
      if (inbox_.push(std::move(envelope))) wake();
    } else if (envelope->lane() == Lane::user) {
      const DropScope down(abandoned);
      envelope.reset();
    } else {
      Envelope& lost = *envelope;
      lost.undeliverable(runtime_, std::move(envelope));
    }
  }
}

// The thread has come back to find its actor replaced. Its parent knows already.
void Shard::evict() noexcept {
  evicted_ = true;
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    Cell* const cell = slots_.at(i).cell;
    if (cell == nullptr || !cell->owns_shard()) continue;
    cell->parent_ = {};
    cell->kill(ExitReason::of(ExitReason::Kind::abandoned));
    cell->schedule();
  }
}

// Nobody is left, and nobody can come any more.
void Shard::retire() noexcept {
  zombies_.fetch_sub(1, std::memory_order_relaxed);
  runtime_.stuck_threads_.fetch_sub(1, std::memory_order_relaxed);
  runtime_.events().emit({.kind = EventKind::zombie_reap, .value = index_});
  stopping_.store(true, std::memory_order_relaxed);
}

void Shard::zombie_added(bool abandoned) noexcept {
  if (!abandoned) return;
  const auto zombies = zombies_.fetch_add(1, std::memory_order_relaxed) + 1;
  if (zombies > runtime_.options().max_zombies_per_shard) std::abort();
}

Time Shard::clock_now() const noexcept { return runtime_.now(); }

// To be woken takes tens of microseconds, so a rest that is likely to be shorter is better spent
// awake. Likely is what the last one was.
void Shard::rest(Duration spin) {
  if (spin == Duration::zero()) return sleep();
  const Time until = runtime_.now() + spin;
  if (rests_are_short_ && spin_for_work(until)) return;
  sleep();
  rests_are_short_ = runtime_.now() < until;
}

// NOLINTNEXTLINE(bugprone-exception-escape): as wake()
void Shard::stir() noexcept {
  Shard* const shard = current();
  if (shard == nullptr || !shard->resting()) return;
  bump(shard->activity_.sequence, std::uint64_t{1});
  shard->wake_up();
}

void Shard::sleep() {
  sleeping_.store(true, std::memory_order_seq_cst);
  if (!inbox_.empty() || stopping_.load(std::memory_order_seq_cst) || must_evict()) {
    return wake_up();
  }
  if (const auto next = timers_.next_deadline()) {
    const Duration left = *next - runtime_.now();
    run_io([left](auto& io) { return io.run_one_for(left); });
  } else {
    run_io([](auto& io) { return io.run_one(); });
  }
  wake_up();
}

// Seen by whoever sleeps since all shards did, or else he is woken.
void Shard::wake_up() {
  sleeping_.store(false, std::memory_order_seq_cst);
  runtime_.bell().ring();
}

bool Shard::spin_for_work(Time until) noexcept {
  do {
    for (int i = 0; i < 64; ++i) {
      if (!inbox_.empty()) return true;
#if defined(__x86_64__)
      __builtin_ia32_pause();
#endif
    }
    if (poll_io()) return true;
  } while (runtime_.now() < until && !stopping_.load(std::memory_order_relaxed));
  return !inbox_.empty();
}

void Shard::run_as_current(const std::function<void()>& action) {
  const CurrentScope scope(*this);
  now_ = runtime_.now();
  action();
}

std::vector<std::string> Shard::awaiting(Pid pid) const {
  const Cell* cell = pid && pid.shard() == index_ ? slots_.cell(pid) : nullptr;
  return cell != nullptr ? cell->awaiting() : std::vector<std::string>{};
}

void Shard::enter(const Cell& cell) noexcept {
  bump(activity_.sequence, std::uint64_t{1});
  if constexpr (!kTelemetry) return;
  activity_.message_type.store(nullptr, std::memory_order_relaxed);
  activity_.actor_type.store(&cell.type(), std::memory_order_relaxed);
  activity_.pid.store(cell.pid().bits(), std::memory_order_release);
}

void Shard::enter_message(const TypeTag& type) noexcept {
  if constexpr (kTelemetry) activity_.message_type.store(&type, std::memory_order_relaxed);
  bump(activity_.sequence, std::uint64_t{1});
}

void Shard::leave() noexcept {
  if constexpr (!kTelemetry) return;
  activity_.pid.store(0, std::memory_order_relaxed);
  activity_.message_type.store(nullptr, std::memory_order_relaxed);
}

void Shard::tear_down() noexcept {
  if (!io_) return;
  const CurrentScope scope(*this);
  const auto living = [this] {
    std::vector<Cell*> cells(zombie_cells_.begin(), zombie_cells_.end());
    for (std::uint32_t i = 0; i < slots_.size(); ++i) {
      if (Cell* cell = slots_.at(i).cell) cells.push_back(cell);
    }
    return cells;
  };
  for (Cell* cell : living()) cell->obliterate();
  // Cancelled I/O still has to complete before its frames may go, however much of it there is.
  for (int i = 0; i < 16 && run_io([](auto& io) { return io.poll(); }) > 0; ++i) {
  }
  for (Cell* cell : living()) {
    current_cell_ = cell;
    const DropScope down(Error(Errc::shutting_down, "the runtime has ended"));
    // A frame that foreign code still points into is leaked rather than freed under its feet.
    if (cell->has_foreign_waiters()) continue;
    slots_.invalidate(cell->pid());
    // What ended before it may have made it ready, and its own end may make others ready: nothing
    // of that will run, and the list must not lead to actors that have gone.
    ready_ = {};
    std::unique_ptr<Cell>{cell}.reset();
  }
  ready_ = {};
  current_cell_ = nullptr;
  zombie_cells_.clear();
  work_.reset();
  io_.reset();
  std::ignore = inbox_.take_all();
}

}  // namespace coppice::actors
