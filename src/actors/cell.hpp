#pragma once

#include <coroutine>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "actors/actor.hpp"
#include "actors/debugging.hpp"
#include "actors/envelope.hpp"
#include "actors/options.hpp"
#include "actors/place.hpp"
#include "actors/reply.hpp"
#include "actors/room.hpp"
#include "actors/signals.hpp"
#include "actors/slot_table.hpp"
#include "actors/start.hpp"
#include "actors/waiter.hpp"

namespace coppice::actors {

class Shard;
struct CellExtras;
class ExitWatch;

/// Whether a message was taken. `cast` is never silently lost: ask, or say ignore().
class [[nodiscard]] Sent {
 public:
  Sent() noexcept = default;
  // NOLINTNEXTLINE(google-explicit-constructor)
  Sent(Errc refused) noexcept : taken_(false), refused_(refused) {}

  [[nodiscard]] explicit operator bool() const noexcept { return taken_; }
  /// Why it was refused: noproc, overloaded, wrong_type or shutting_down. Only when false.
  [[nodiscard]] Errc error() const noexcept { return refused_; }
  /// For messages that may be lost.
  void ignore() const noexcept {}

 private:
  bool taken_ = true;
  Errc refused_{};
};

/// A message in a mailbox, as operators see it.
struct WaitingMessage {
  std::string type;
  Duration waited{};  ///< In whole milliseconds, since it came.
};

/// The runtime's record of one incarnation of one actor: its mailbox, what it is doing, and how it
/// ends. It runs one message at a time and belongs to one shard.
///
/// Thread: the actor's shard. Applications use Server and Ref instead.
class Cell final : public Pooled {
 public:
  Cell(Shard& shard, std::unique_ptr<Actor> actor, SpawnOptions&& options);
  ~Cell();

  // -- identity --------------------------------------------------------------------------------
  [[nodiscard]] Pid pid() const noexcept { return pid_; }
  [[nodiscard]] Pid parent() const noexcept { return parent_; }
  [[nodiscard]] Shard& shard() const noexcept { return shard_; }
  [[nodiscard]] Actor& actor() const noexcept { return *actor_; }
  [[nodiscard]] const TypeTag& type() const noexcept { return *type_; }
  [[nodiscard]] const std::shared_ptr<Place>& place() const noexcept { return place_; }
  [[nodiscard]] std::string path() const { return place_ ? place_->path() : std::string(); }

  // -- mail ------------------------------------------------------------------------------------
  /// Takes a message from this shard, or refuses it as the mailbox options say.
  Sent accept(std::unique_ptr<Envelope> envelope) noexcept;

  /// Takes a message whose sender has already been told that it was accepted.
  void admit(std::unique_ptr<Envelope> envelope) noexcept;

  [[nodiscard]] bool has_room() const noexcept;
  /// Answers @p sender with a place in the mailbox as soon as there is one. Without a sender: there
  /// may be one now for those who wait.
  void await_room(ReplyTo<Room> sender);
  /// Takes a message for which a place was kept.
  void accept_reserved(std::unique_ptr<Envelope> envelope, Room room) noexcept;

  /// Delivers @p envelope before any mail, after the handler that runs now.
  void continue_with(std::unique_ptr<Envelope> envelope) noexcept;

  // -- running ---------------------------------------------------------------------------------
  /// Runs the actor until it has nothing to do, waits, or has handled @p max_messages.
  void turn(unsigned max_messages) noexcept;
  void schedule() noexcept;

  [[nodiscard]] bool must_not_wait() const noexcept { return cancelling_; }
  [[nodiscard]] bool fenced() const noexcept { return fenced_; }
  [[nodiscard]] bool finished() const noexcept { return phase_ == Phase::finished; }
  [[nodiscard]] bool has_frames() const noexcept;
  /// Something outside the runtime points into a coroutine frame of the actor.
  [[nodiscard]] bool has_foreign_waiters() const noexcept { return !parked_.all_destroyable(); }
  /// Cut off because it could not be stopped in time.
  [[nodiscard]] bool abandoned() const noexcept {
    return fenced_ && stop_reason_.kind() == ExitReason::Kind::abandoned;
  }
  /// The shard exists for this actor.
  [[nodiscard]] bool owns_shard() const noexcept { return owns_shard_; }
  /// Whether turn() would handle a message; for the deterministic scheduler.
  [[nodiscard]] bool is_idle() const noexcept;

  void set_idle_timeout(Duration timeout);

  // -- ending ----------------------------------------------------------------------------------
  /// Ends the actor: a suspended handler is cancelled, the terminate hook runs, then it is gone.
  /// The first reason stands.
  void request_stop(ExitReason reason, Time deadline = Time::max()) noexcept;
  /// When whoever stops the actor will kill it.
  [[nodiscard]] Time stop_deadline() const noexcept { return stop_deadline_; }
  [[nodiscard]] bool stop_requested() const noexcept { return stop_requested_; }

  /// The actor's own wish: ends it after the handler that runs now, which is not cancelled.
  void stop_after_handler(ExitReason reason) noexcept;

  /// Ends the actor without its terminate hook.
  void kill(ExitReason reason) noexcept;

  /// Runs @p action after the terminate hook, before anyone is told of the end.
  void after_terminate(std::move_only_function<void()> action);

  /// Runtime shutdown: destroys what can be destroyed, tells nobody outside the shard.
  void obliterate() noexcept;

  // -- relations -------------------------------------------------------------------------------
  MonitorId monitor(Pid target, ExitWatch* watch = nullptr);
  void demonitor(MonitorId monitor) noexcept;
  void link(Pid target);
  void unlink(Pid target) noexcept;
  void set_trap_exits(bool on) noexcept { trap_exits_ = on; }
  [[nodiscard]] bool traps_exits() const noexcept { return trap_exits_; }
  void add_child(Pid child);
  void remove_child(Pid child) noexcept;
  /// Takes the notice of a child's end out of the mailbox, if it waits there.
  [[nodiscard]] std::optional<ExitReason> take_child_exit(Pid child);

  void add_watcher(Pid watcher, MonitorId monitor);
  void remove_watcher(MonitorId monitor) noexcept;
  void add_link(Pid peer);
  void remove_link(Pid peer) noexcept;
  void on_exit_signal(Pid from, ExitReason reason, bool from_link) noexcept;
  void on_down_signal(std::unique_ptr<Envelope> envelope, MonitorId monitor,
                      const ExitReason& reason) noexcept;
  /// Whether a Down may still be delivered; forgets the monitor.
  [[nodiscard]] bool consume_monitor(MonitorId monitor) noexcept;

  Result<void> register_name(const std::string& name);
  void unregister_name(const std::string& name) noexcept;
  void join_group(const std::string& group);
  void leave_group(const std::string& group) noexcept;

  // -- timers ----------------------------------------------------------------------------------
  using MakeEnvelope = std::move_only_function<std::unique_ptr<Envelope>(TimerId)>;
  TimerId set_timer(std::string name, Duration delay, Duration period, MakeEnvelope make);
  bool cancel_timer(TimerId timer) noexcept;
  bool cancel_timer(std::string_view name) noexcept;
  void timer_fired(TimerId timer) noexcept;

  // -- hooks, called by the envelopes that carry signals ----------------------------------------
  Step<void> deliver_down(Down down);
  Step<void> deliver_exit(Exit exit);
  Step<void> deliver_child_exit(ChildExit exit);
  Step<void> deliver_idle_timeout();
  Step<void> deliver_info(Info info);

  // -- tasks -----------------------------------------------------------------------------------
  void background(Task<void> task);

  // -- starting --------------------------------------------------------------------------------
  void set_start_reply(ReplyTo<StartOutcome> reply) noexcept { start_reply_ = std::move(reply); }
  /// Registers the name and schedules init. On failure the caller discards the cell.
  StartOutcome prepare(const std::string& name);
  /// Ends the actor if its init has not finished in time.
  void arm_init_deadline(Duration timeout);

  // -- operators -------------------------------------------------------------------------------
  void suspend() noexcept;
  void resume() noexcept;
  [[nodiscard]] bool suspended() const noexcept { return suspended_; }
  [[nodiscard]] bool debugged() const noexcept { return debugged_; }
  /// To switch debugging on; call it for every change.
  [[nodiscard]] Debugging& debugging();
  /// Runs @p action now, or when the handler that waits has finished.
  void between_messages(std::move_only_function<void(Cell&)> action);
  /// The first @p most messages of the mailbox, in the order in which they will be handled.
  [[nodiscard]] std::vector<WaitingMessage> waiting(std::size_t most) const;
  [[nodiscard]] std::vector<Pid> links() const;
  [[nodiscard]] std::vector<Pid> monitoring() const;
  [[nodiscard]] std::vector<Pid> watched_by() const;
  /// Those that it started and that live.
  [[nodiscard]] std::vector<Pid> children() const;
  /// Where the handler that runs is waiting: "function (file:line)", innermost first.
  [[nodiscard]] std::vector<std::string> awaiting() const;
  /// Replaces the mailbox's oldest-first order for tests: moves the n-th message to the front.
  bool promote(std::size_t nth) noexcept;

  // -- memory ----------------------------------------------------------------------------------
  [[nodiscard]] std::size_t mailbox_bytes() const noexcept;

 private:
  friend class Waiter;
  friend class Shard;
  friend class ReadyList;

  enum class Phase : std::uint8_t {
    created,   ///< init has not begun
    starting,  ///< init runs
    running,
    terminating,  ///< the terminate hook runs
    draining,     ///< nothing of the actor's own runs any more
    finished,     ///< gone; the record is about to be freed, or kept as a zombie
  };

  /// A handler, init or terminate hook that is a coroutine and has not finished.
  struct Activity {
    std::unique_ptr<Envelope> envelope;
    std::coroutine_handle<> root;
  };

  void run_ready_waiters() noexcept;
  void complete_activity();
  void serve_system_lane();
  void work(unsigned& budget);
  [[nodiscard]] std::unique_ptr<Envelope> next_message();
  void run(std::unique_ptr<Envelope> envelope);
  void run_activity();
  void report_traced(const HandledMessage& message, std::string_view course) const;
  void report_end_of_traced();
  void begin_activity(std::unique_ptr<Envelope> envelope);
  void begin_init();
  void initialised(Init init);
  void step(unsigned& budget);
  void crashed(const std::exception_ptr& exception) noexcept;
  void resign(ExitReason reason) noexcept;
  void report_crash(const ExitReason& reason) noexcept;
  [[nodiscard]] const Envelope* handled_message() const noexcept;
  void advance_stop();
  [[nodiscard]] bool frames_have_ended() noexcept;
  void begin_terminate();
  void finish() noexcept;
  void fence_as_zombie() noexcept;
  void vanish() noexcept;
  void destroy_state() noexcept;
  void tell_the_bereaved() noexcept;
  void acknowledge_failed_start() noexcept;
  void drop_mail() noexcept;
  void cancel_waiters() noexcept;
  void push_user(std::unique_ptr<Envelope> envelope) noexcept;
  void report_overflow(const Envelope& envelope) noexcept;
  Sent overflow(std::unique_ptr<Envelope> envelope) noexcept;
  Sent refuse(std::unique_ptr<Envelope> envelope, Errc why) noexcept;
  void offer_room() noexcept;
  void count_taken() noexcept;
  void check_memory();
  void arm_idle_timeout();
  [[nodiscard]] bool waits_on_handler() const noexcept { return static_cast<bool>(activity_.root); }
  void account_pushed(const Envelope& envelope) noexcept;
  void account_popped(const Envelope& envelope) noexcept;
  [[nodiscard]] bool sheds(const Envelope& envelope) noexcept;
  void set_shedding(bool on, Duration age) noexcept;
  void publish_state(ActorState state) noexcept;
  CellExtras& extras();

  class InitActivity;
  class TerminateActivity;

  // Constant after construction.
  Shard& shard_;
  std::unique_ptr<Actor> actor_;
  const TypeTag* type_;
  std::shared_ptr<Place> place_;
  Pid pid_;
  Pid parent_;
  Slot* slot_ = nullptr;
  std::uint32_t capacity_;
  Overflow overflow_policy_;
  OnUnstoppable on_unstoppable_;
  bool keep_unstarted_;
  bool owns_shard_;

  // Actor-local.
  Phase phase_ = Phase::created;
  bool scheduled_ = false;
  bool suspended_ = false;
  bool trap_exits_;
  bool debugged_ = false;
  bool stop_requested_ = false;
  bool cancelling_ = false;
  bool fenced_ = false;
  bool started_ = false;
  bool accounted_ = false;
  bool shedding_ = false;
  bool reporting_overflow_ = false;
  std::uint32_t depth_ = 0;
  Cell* next_ready_ = nullptr;
  MailQueue system_;
  MailQueue urgent_;
  MailQueue user_;
  std::unique_ptr<Envelope> continuation_;
  Activity activity_;
  WaiterList parked_;
  WaiterList ready_;
  ExitReason stop_reason_;
  Time stop_deadline_ = Time::max();
  StartOutcome::Kind start_failure_ = StartOutcome::Kind::failed;
  ReplyTo<StartOutcome> start_reply_;
  std::unique_ptr<CellExtras> extras_;
};

}  // namespace coppice::actors
