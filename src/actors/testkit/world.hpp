#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "actors/address.hpp"
#include "actors/events.hpp"
#include "actors/runtime.hpp"
#include "actors/server.hpp"
#include "actors/spawn.hpp"
#include "actors/type_tag.hpp"

namespace coppice::actors::testkit {

/// A clock that stands still until it is told to move.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] Time now() const noexcept override { return now_; }
  void set(Time now) noexcept { now_ = now; }

 private:
  // Not zero: code that takes zero for "never" should be found out.
  Time now_ = Time(std::chrono::hours(1));
};

/// How ready actors take turns.
enum class Order : std::uint8_t {
  fifo,    ///< as the shards would on their own
  random,  ///< any order that keeps each sender's messages in sequence, chosen by the seed
};

struct WorldOptions {
  std::uint32_t shards = 1;
  Order order = Order::fifo;
  /// The seed of Order::random. By default that of COPPICE_SEED, else a fresh one; a world whose
  /// test has failed prints it, see World::print_seed_if().
  std::optional<std::uint64_t> seed{};
};

/// An actor system on the calling thread that runs only when told, with a clock that the test
/// advances: the deterministic test kit.
///
///     World world;
///     auto counter = world.spawn<Counter>();
///     world.cast(counter, Counter::Increment{2});
///     EXPECT_EQ(world.call(counter, Counter::Get{}), 2);
///
/// Calls from the test run the world until they are answered, moving the clock only when nothing
/// else is left to do.
///
/// Thread: the test's.
class World {
 public:
  explicit World(WorldOptions options = {});
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World();

  /// Lets every world with a random order print its seed at its end if @p has_failed then. With
  /// GoogleTest: `World::print_seed_if(&testing::Test::HasFailure)`. Null: none does.
  static void print_seed_if(bool (*has_failed)()) noexcept;

  [[nodiscard]] Runtime& runtime() noexcept { return *runtime_; }
  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }
  [[nodiscard]] Time now() const noexcept { return clock_->now(); }

  // -- time and order ----------------------------------------------------------------------------
  /// Runs until nothing is left to do at the present time. Returns the number of turns.
  std::size_t run();

  /// Moves the clock forward, running what becomes due at its own time on the way.
  void advance(Duration by);

  /// Moves the clock to the next timer and runs. False if there is none.
  bool advance_to_next_timer();

  /// Makes one turn of one message. False if nothing is ready.
  bool step();

  /// Lets only @p pid handle one message. False if it has nothing to do.
  bool step(Pid pid);

  /// Lets the n-th waiting message of @p pid be its next one: to play an order of arrival.
  bool promote(Pid pid, std::size_t nth);

  /// Turns made so far: a measure of work that is the same on every machine.
  [[nodiscard]] std::uint64_t turns() const noexcept { return turns_; }

  /// Runs until @p done holds. False if nothing is left to do, timers included, before that.
  bool run_until(const std::function<bool()>& done);

  /// Whether jobs of blocking() that have begun stay unfinished; they run at once otherwise.
  void hold_blocking_jobs(bool hold) noexcept { hold_blocking_jobs_ = hold; }

  // -- talking to actors -------------------------------------------------------------------------
  template <class A, class... Args>
  Ref<A> spawn(Args... args) {
    return spawn_with<A>(SpawnOptions{}, std::move(args)...);
  }

  /// Starts an actor and requires that it starts; the outcome is in the exception otherwise.
  template <class A, class... Args>
  Ref<A> spawn_with(SpawnOptions options, Args... args) {
    auto ref = actors::spawn<A>(*runtime_, std::move(options), std::move(args)...);
    return ref.value();
  }

  [[nodiscard]] StartOutcome start(Factory factory, SpawnOptions options = {}) {
    return runtime_->start(std::move(factory), std::move(options));
  }

  template <class Target, class M>
  Sent cast(const Target& target, M message) {
    return target.cast(std::move(message));
  }

  template <class Target, CallMessage M>
  Result<typename M::Reply> call(const Target& target, M message,
                                 Duration timeout = kDefaultCallTimeout) {
    return target.call_blocking(std::move(message), timeout);
  }

  Result<ExitReason> stop(Pid pid, ExitReason reason = ExitReason::shutdown(),
                          Duration timeout = std::chrono::seconds(5)) {
    return runtime_->stop(pid, std::move(reason), timeout);
  }
  void kill(Pid pid) {
    runtime_->kill(pid);
    run();
  }

  /// Whether that incarnation lives, after everything that waits has run.
  [[nodiscard]] bool alive(Pid pid) {
    run();
    return runtime_->stats(pid).has_value();
  }

  // -- what happened -----------------------------------------------------------------------------
  /// An event as it can be kept.
  struct Seen {
    EventKind kind{};
    Pid pid;
    std::string path;
    std::string type;
    std::string detail;
    Duration duration{};
    std::uint64_t value = 0;
    std::optional<ExitReason> reason;
    std::shared_ptr<const CrashReport> crash;
  };

  /// Everything the runtime reported so far, in order.
  [[nodiscard]] const std::vector<Seen>& events() const noexcept { return events_; }
  [[nodiscard]] std::vector<Seen> events(EventKind kind) const;
  [[nodiscard]] std::size_t count(EventKind kind) const { return events(kind).size(); }
  void forget_events() noexcept { events_.clear(); }

 private:
  bool take_in_all();
  [[nodiscard]] std::optional<Time> next_deadline() const;
  bool drive(Time until);
  void remember(const Event& event);

  std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>();
  WorldOptions options_;
  bool hold_blocking_jobs_ = false;
  std::uint64_t seed_;
  std::mt19937_64 random_;
  std::uint64_t turns_ = 0;
  std::unique_ptr<Runtime> runtime_;
  std::vector<Seen> events_;
  EventBus::Subscription subscription_;
};

/// Collects what actors tell a test, across incarnations and in order: `journal->add("a started")`.
class Journal {
 public:
  void add(std::string entry) { entries_.push_back(std::move(entry)); }
  [[nodiscard]] const std::vector<std::string>& entries() const noexcept { return entries_; }
  [[nodiscard]] std::vector<std::string> take() { return std::exchange(entries_, {}); }
  [[nodiscard]] std::size_t count(std::string_view entry) const;

 private:
  std::vector<std::string> entries_;
};

}  // namespace coppice::actors::testkit
