#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_set>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "actors/cell.hpp"
#include "actors/envelope.hpp"
#include "actors/ready_list.hpp"
#include "actors/reply.hpp"
#include "actors/slot_table.hpp"
#include "actors/start.hpp"
#include "actors/timer_wheel.hpp"

namespace coppice::actors {

class Runtime;

/// What a shard is doing right now, for the watchdog. Written by the shard, read by anyone.
struct ShardActivity {
  std::atomic<std::uint64_t> sequence{0};  ///< increases with each step: a turn, a message, a poll
  std::atomic<std::uint64_t> pid{0};       ///< 0 while no actor runs
  std::atomic<const TypeTag*> actor_type{nullptr};
  std::atomic<const TypeTag*> message_type{nullptr};  ///< null between messages
};

/// One thread's share of the runtime: its actors, their timers, and an io_context.
///
/// Thread: everything is the shard's own except where `Thread: any` says otherwise.
class Shard final : public ReplySink {
 public:
  /// @param dedicated  The shard exists for one actor with blocking work.
  Shard(Runtime& runtime, std::uint32_t index, bool dedicated);
  ~Shard() override;

  /// Thread: any. The shard whose code runs on the calling thread, or null.
  [[nodiscard]] static Shard* current() noexcept;
  /// Thread: any. The actor whose code runs on the calling thread, or null.
  [[nodiscard]] static Cell* current_cell() noexcept;

  [[nodiscard]] Runtime& runtime() const noexcept { return runtime_; }
  [[nodiscard]] std::uint32_t index() const noexcept { return index_; }
  [[nodiscard]] bool dedicated() const noexcept { return dedicated_; }
  [[nodiscard]] boost::asio::io_context& io() noexcept { return *io_; }
  [[nodiscard]] TimerWheel& timers() noexcept { return timers_; }
  [[nodiscard]] PendingCalls& pending_calls() noexcept { return pending_calls_; }
  [[nodiscard]] SlotTable& slots() noexcept { return slots_; }
  [[nodiscard]] const SlotTable& slots() const noexcept { return slots_; }
  [[nodiscard]] const ShardActivity& activity() const noexcept { return activity_; }

  /// The time of this turn or of the mail that is taken in, read once per batch. Elsewhere, as in
  /// Asio's handlers, which may run after a long rest, the time that it is.
  [[nodiscard]] Time now() const noexcept { return current_cell_ || drains_ ? now_ : clock_now(); }

  /// Sends from this shard to any actor. Accepted means queued, not handled.
  Sent send(std::unique_ptr<Envelope> envelope) noexcept;

  /// A place in the mailbox of @p to, if there is one now.
  [[nodiscard]] std::optional<Room> try_reserve(Pid to) noexcept;
  /// Sends a message for which a place was kept. Errors: noproc, shutting_down.
  Sent send_reserved(std::unique_ptr<Envelope> envelope, Room room) noexcept;

  /// Sends a message that must not be refused: signals, system messages.
  void send_signal(std::unique_ptr<Envelope> envelope) noexcept;

  /// Thread: any. Queues an envelope for this shard and wakes it if it sleeps.
  void post(std::unique_ptr<Envelope> envelope) noexcept;
  /// The same for all of a bundle, which is not empty, with one wake.
  void post(MailBundle bundle) noexcept;

  /// Makes a living actor of @p actor; its init runs on a later turn and then answers @p reply.
  /// The returned Pid is null if it could not be made, in which case @p reply has been answered.
  Pid spawn(std::unique_ptr<Actor> actor, SpawnOptions&& options, ReplyTo<StartOutcome> reply);
  Pid spawn(const std::function<std::unique_ptr<Actor>()>& factory, SpawnOptions options,
            ReplyTo<StartOutcome> reply);

  void schedule(Cell& cell) noexcept;

  // -- ReplySink ---------------------------------------------------------------------------------
  [[nodiscard]] bool is_here() const noexcept override { return current() == this; }
  bool complete(std::uint64_t id, void* result) noexcept override;
  void post_reply(std::unique_ptr<Envelope> envelope) noexcept override;
  void late_reply() noexcept override;

  // -- running -----------------------------------------------------------------------------------
  /// Thread: any. Whether it waits for something to do. It may also be in the handler of Asio that
  /// has ended the wait: wake() it, and see whether it moves.
  [[nodiscard]] bool resting() const noexcept { return sleeping_.load(std::memory_order_seq_cst); }
  /// Thread: any.
  void wake() noexcept;
  /// For handlers of Asio that clients cause: says that the rest of the calling thread's shard is
  /// over, which else shows when the handler has returned. Does nothing on other threads.
  static void stir() noexcept;

  /// Runs until stop(): the body of the shard's thread.
  ///
  /// @param spin  How long it may look for work before it rests, while its rests turn out to be no
  ///              longer than that.
  void run(Duration spin);
  /// Thread: any.
  void stop() noexcept;

  /// Takes in what other threads sent, fires due timers, polls I/O. Returns whether anything came.
  bool take_in();
  [[nodiscard]] std::size_t ready_count() const noexcept { return ready_.size(); }
  [[nodiscard]] std::optional<std::size_t> ready_position(Pid pid) const noexcept {
    return ready_.position(pid);
  }
  /// Runs the n-th ready actor for at most @p max_messages.
  void run_nth(std::size_t n, unsigned max_messages) noexcept;
  /// Runs @p action as the shard's own code.
  void run_as_current(const std::function<void()>& action);

  /// Whether the thread was left to what blocks it: the shard can't be found any more and takes no
  /// mail, what its actor sends is refused, and once the thread comes back the actor ends.
  /// Thread: any.
  [[nodiscard]] bool set_aside() const noexcept {
    return set_aside_.load(std::memory_order_seq_cst);
  }

  /// Destroys every actor that is left. Afterwards nothing runs here.
  void tear_down() noexcept;

  /// Where the handler of an actor on this shard waits; empty if it isn't here, or doesn't wait.
  [[nodiscard]] std::vector<std::string> awaiting(Pid pid) const;

  void enter(const Cell& cell) noexcept;
  void enter_message(const TypeTag& type) noexcept;
  void leave() noexcept;

  [[nodiscard]] std::uint64_t late_replies() const noexcept {
    return late_replies_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t zombies() const noexcept {
    return zombies_.load(std::memory_order_relaxed);
  }
  /// Thread: any. Identifies the running thread for stack capture; 0 before run().
  [[nodiscard]] std::uint64_t native_thread() const noexcept {
    return native_thread_.load(std::memory_order_acquire);
  }

 private:
  friend class Cell;
  friend class Runtime;
  class CurrentScope;

  /// The living actor @p pid, if this is its shard.
  [[nodiscard]] Cell* find_here(Pid pid) const noexcept {
    return pid.shard() == index_ ? slots_.cell(pid) : nullptr;
  }

  static constexpr unsigned kTurnsPerBatch = 256;
  static constexpr unsigned kMessagesPerTurn = 32;
  static constexpr unsigned kHandlersPerPoll = 128;
  static constexpr Duration kLongestPoll = std::chrono::milliseconds(1);
  static constexpr std::uint64_t kMessagesTimedExactly = 1'000;
  static constexpr unsigned kTurnsPerSample = 8;
  static constexpr Duration kPollInterval = std::chrono::microseconds(100);

  void run_batch() noexcept;
  void turn(Cell& cell, unsigned max_messages) noexcept;
  /// How many turns the time of this one stands for; 0: it is not timed.
  [[nodiscard]] unsigned weight_of_turn(const Slot& slot) noexcept;
  bool drain_inbox() noexcept;
  bool poll_io() noexcept;
  template <class Run>
  std::size_t run_io(Run run) noexcept;
  [[nodiscard]] Time clock_now() const noexcept;
  void rest(Duration spin);
  void sleep();
  void wake_up();
  bool spin_for_work(Time until) noexcept;
  void zombie_added(bool abandoned) noexcept;
  void reap(Cell& cell) noexcept;
  void release_if_vacant() noexcept;
  [[nodiscard]] bool is_fenced() const noexcept {
    return set_aside() || (current_cell_ != nullptr && current_cell_->fenced());
  }
  /// Thread: any.
  void set_aside_for_good() noexcept;
  void return_mail() noexcept;
  [[nodiscard]] bool must_evict() const noexcept { return set_aside() && !evicted_; }
  void evict() noexcept;
  void retire() noexcept;
  void io_threw(const std::exception_ptr& exception) noexcept;

  // Constant after construction.
  Runtime& runtime_;
  const std::uint32_t index_;
  const bool dedicated_;
  std::atomic<bool> set_aside_{false};  // written once, so it costs senders nothing to look

  // Shared: lock-free or atomic.
  Inbox inbox_;
  alignas(64) std::atomic<bool> sleeping_{false};
  std::atomic<bool> stopping_{false};
  ShardActivity activity_;
  std::atomic<std::uint64_t> late_replies_{0};
  std::atomic<std::size_t> zombies_{0};
  std::atomic<std::uint64_t> native_thread_{0};

  // The shard's own.
  SlotTable slots_;
  std::unique_ptr<boost::asio::io_context> io_;
  std::unique_ptr<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> work_;
  TimerWheel timers_;
  PendingCalls pending_calls_;
  ReadyList ready_;
  Cell* current_cell_ = nullptr;
  std::uint64_t sampling_ = 0;  // random state
  bool drains_ = false;         // the inbox, just after the time was read
  bool evicted_ = false;
  std::size_t population_ = 0;              // actors, zombies included
  std::unordered_set<Cell*> zombie_cells_;  // owned; freed when their frames have ended
  Time now_;
  Time last_poll_;
  bool rests_are_short_ = false;
};

}  // namespace coppice::actors
