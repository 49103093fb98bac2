#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "actors/actor.hpp"
#include "actors/bell.hpp"
#include "actors/events.hpp"
#include "actors/options.hpp"
#include "actors/place.hpp"
#include "actors/registry.hpp"
#include "actors/reply.hpp"
#include "actors/result.hpp"
#include "actors/shard.hpp"
#include "actors/start.hpp"
#include "actors/time.hpp"

namespace coppice::actors {

class BlockingPool;

/// Makes an actor, as often as it is asked; runs on the shard where the actor will live.
/// An exception, or a null pointer, is a failed start.
using Factory = std::function<std::unique_ptr<Actor>()>;

struct RuntimeOptions {
  /// Shards to run actors on; 0 for one per core.
  std::uint32_t shards = 0;

  /// How long an idle thread of the runtime looks for work before it sleeps, as long as that is
  /// about as long as its rests are: one that waits longer stops looking. Spinning shortens a round
  /// trip between threads from tens of microseconds to about one, at the price of a busy core
  /// meanwhile.
  Duration spin = Duration::zero();

  /// Where the time comes from; the steady clock by default.
  std::shared_ptr<const Clock> clock{};

  /// Threads of own_thread actors at the most; a start that needs one more fails.
  std::uint32_t own_threads = 1024;

  /// No threads: the deterministic test kit runs the shards.
  bool manual = false;

  /// Zombies (see OnUnstoppable) that a shard tolerates before the process is ended; and as many
  /// blocked threads of abandoned actors altogether.
  std::size_t max_zombies_per_shard = 16;

  /// How long an own_thread actor that is killed may go on blocking its thread before both are
  /// abandoned.
  Duration kill_grace = std::chrono::seconds(1);

  /// How long the end of the runtime waits for its threads before it ends the process.
  Duration exit_limit = std::chrono::seconds(10);

  BlockingOptions blocking{};
};

/// When to run code inside an actor.
enum class InspectWhen : std::uint8_t {
  at_once,           ///< between two messages, or while a handler waits
  between_messages,  ///< never while a handler waits
};

/// What is known about one living actor at one moment, from any thread and at no cost to it.
struct ActorStats {
  Pid pid;
  ActorState state{};
  std::uint32_t mailbox_depth = 0;
  std::uint32_t mailbox_high_water = 0;
  std::uint64_t handled = 0;
  /// Time in handlers; estimated from one turn in eight after the first thousand messages.
  Duration busy{};
};

/// The actor system: shards, the registry of names, events, and the root of the supervision tree.
///
/// Threads start with the constructor and are joined by the destructor, which ends every actor
/// that is left without asking it. Stop the tree first if it should end in order.
///
/// A thread whose actor blocks can't be ended, and must not lose what it uses. So the destructor
/// waits for it, and after RuntimeOptions::exit_limit aborts the process, with an event
/// `core.stalled` for each such thread. Who would rather end in good order looks at
/// stuck_threads() and leaves the process by _exit().
///
/// Thread: any, unless a member says otherwise. Members that block must not be called on a shard.
class Runtime {
 public:
  explicit Runtime(RuntimeOptions options = {});
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  ~Runtime();

  [[nodiscard]] Registry& registry() noexcept { return registry_; }
  [[nodiscard]] EventBus& events() noexcept { return events_; }
  [[nodiscard]] const Clock& clock() const noexcept { return *clock_; }
  [[nodiscard]] Time now() const noexcept { return clock_->now(); }
  [[nodiscard]] const std::shared_ptr<Place>& root() const noexcept { return root_; }
  [[nodiscard]] const RuntimeOptions& options() const noexcept { return options_; }

  /// The threads for work that blocks: see blocking().
  [[nodiscard]] BlockingPool& blocking_pool() noexcept { return *blocking_pool_; }

  /// Shards that take actors by Placement::any and ::hash; those of own_thread actors come after.
  [[nodiscard]] std::uint32_t shard_count() const noexcept { return options_.shards; }
  [[nodiscard]] Shard& shard(std::uint32_t index) const noexcept {
    return *shard_table_[index].load(std::memory_order_acquire);
  }
  /// Null if there is no such shard.
  [[nodiscard]] Shard* find_shard(std::uint32_t index) const noexcept {
    return shard_table_[index].load(std::memory_order_acquire);
  }
  /// Every shard, dedicated ones included.
  [[nodiscard]] std::vector<Shard*> all_shards() const;
  /// Rings whenever a shard's thread has something to do again. For those who look at the shards
  /// now and then, and would rather not while all rest: the watchdog and other onlookers listen.
  [[nodiscard]] Bell& bell() noexcept { return bell_; }

  /// How many threads of abandoned actors have not come back.
  [[nodiscard]] std::size_t stuck_threads() const noexcept {
    return stuck_threads_.load(std::memory_order_relaxed);
  }

  /// Starts an actor and waits until its init has finished. Blocks.
  [[nodiscard]] StartOutcome start(Factory factory, SpawnOptions options = {});

  /// Starts an actor; @p reply is answered when its init has finished.
  void start_async(Factory factory, SpawnOptions options, ReplyTo<StartOutcome> reply);

  /// The slot that @p pid has or had; null if there never was such an actor here.
  [[nodiscard]] Slot* slot(Pid pid) const noexcept;

  /// Sends from any thread.
  Sent send(std::unique_ptr<Envelope> envelope) noexcept;
  void send_signal(std::unique_ptr<Envelope> envelope) noexcept;

  /// Ends an actor with @p reason, killing it when @p timeout has passed. Blocks until it is gone.
  /// Returns the reason with which it ended. Errors: noproc.
  Result<ExitReason> stop(Pid pid, ExitReason reason = ExitReason::shutdown(),
                          Duration timeout = std::chrono::seconds(5));

  /// Gives up an own_thread actor that blocks its thread: it counts as dead (`abandoned`), its
  /// names and its place are free, mail that waits for it is refused, its parent is told. Its
  /// thread is left aside until it comes back; only then hear those who monitor or are linked to
  /// it.
  ///
  /// False, and nothing has happened, if @p pid is no such actor, has ended, or must be waited for
  /// (OnUnstoppable::wait). To be called when it has been killed and did not end.
  bool abandon(Pid pid);

  /// Ends an actor without its terminate hook. Does not wait.
  void kill(Pid pid, ExitReason reason = ExitReason::killed()) noexcept;

  /// Makes an actor crash as if a handler had thrown a std::runtime_error: for drills and tests.
  /// Does not wait.
  void crash(Pid pid, std::string why) noexcept;

  /// Runs @p action inside the actor. Blocks until it has run; if it throws, that is the caller's
  /// failure and not the actor's.
  ///
  /// Errors: noproc; timeout, after which it does not run any more; down; callback_failed.
  Result<void> inspect(Pid pid, std::function<void(Cell&)> action,
                       Duration timeout = std::chrono::seconds(5),
                       InspectWhen when = InspectWhen::at_once);

  /// Errors: noproc.
  [[nodiscard]] Result<ActorStats> stats(Pid pid) const;
  [[nodiscard]] std::vector<ActorStats> all_stats() const;

  /// A new id for a monitor or a timer; unique in this runtime.
  [[nodiscard]] std::uint64_t next_id() noexcept {
    return last_id_.fetch_add(1, std::memory_order_relaxed) + 1;
  }

  /// Waits for @p done, running the shards if nobody else does; looks at it only under the lock
  /// for waiters. False if @p deadline came first.
  bool wait(const std::function<bool()>& done, Time deadline);
  [[nodiscard]] std::unique_lock<std::mutex> lock_waiters() {
    return std::unique_lock(wait_mutex_);
  }
  /// With that lock held: makes those who wait look again.
  void wake_waiters() noexcept { wait_changed_.notify_all(); }
  void notify_waiters();

  /// For the deterministic test kit: makes one step of progress, advancing the clock to at most
  /// the given time if nothing else is left; false if nothing can happen by then.
  void set_driver(std::function<bool(Time)> driver) { driver_ = std::move(driver); }

 private:
  friend class Shard;
  friend class Cell;

  /// The actor that a dedicated shard is for: what others must know when its thread is blocked.
  struct Tenant {
    Shard* shard = nullptr;
    Pid pid;
    Pid parent;
    const TypeTag* type = nullptr;
    std::shared_ptr<Place> place;
    OnUnstoppable on_unstoppable{};
  };

  Result<Shard*> resolve(const Placement& placement);
  Result<Shard*> acquire_dedicated();
  void moved_in(Tenant tenant);
  /// False if the shard has been set aside.
  [[nodiscard]] bool release_dedicated(Shard& shard) noexcept;
  [[nodiscard]] std::optional<Tenant> set_aside(Pid pid);
  Shard& add_shard(bool dedicated);
  void thread_ended();
  void end_threads();
  [[noreturn]] void abort_for_stuck_threads();

  RuntimeOptions options_;
  std::shared_ptr<const Clock> clock_;
  Registry registry_;
  EventBus events_;
  std::shared_ptr<Place> root_;
  std::unique_ptr<BlockingPool> blocking_pool_;
  std::atomic<std::uint64_t> last_id_{0};
  std::atomic<std::uint32_t> next_any_{0};
  std::atomic<std::size_t> stuck_threads_{0};
  std::function<bool(Time)> driver_;
  Bell bell_;

  std::mutex wait_mutex_;
  std::condition_variable wait_changed_;

  mutable std::mutex shards_mutex_;  // guards what follows, except reads of shard_table_
  std::vector<std::unique_ptr<Shard>> shards_;
  std::vector<Shard*> idle_dedicated_;
  std::vector<std::jthread> threads_;
  std::unordered_map<std::uint32_t, Tenant> tenants_;  // by the index of their shard
  std::size_t running_threads_ = 0;
  std::condition_variable thread_ended_;
  bool ending_ = false;
  std::array<std::atomic<Shard*>, Pid::kMaxShard + 1> shard_table_{};
};

}  // namespace coppice::actors
