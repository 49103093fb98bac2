// What must hold with real threads. Nothing here waits for a time; run under TSan and ASan as well.
#include <atomic>
#include <csignal>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "actors/blocking_pool.hpp"
#include "actors/requests.hpp"
#include "actors/server.hpp"
#include "actors/sys.hpp"

namespace coppice::actors {
namespace {

using namespace std::chrono_literals;

constexpr bool kSanitized =
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
    true;
#else
    false;
#endif
#else
    false;
#endif

/// So many rounds, fewer where each one is slower.
constexpr int rounds(int count) { return kSanitized ? count / 10 : count; }

/// A count that a test waits for.
class Count {
 public:
  void add(std::uint64_t by = 1) {
    value_ += by;
    value_.notify_all();
  }
  void wait_for(std::uint64_t least) {
    for (auto now = value_.load(); now < least; now = value_.load()) value_.wait(now);
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// -- order ---------------------------------------------------------------------------------------

/// Checks what each of its senders says before it ends.
class Receiver final : public Server<Receiver> {
 public:
  struct Mail {
    Pid from;
    int number;
  };
  struct Watch {
    using Reply = void;
    Pid pid;
  };
  Receiver(std::shared_ptr<Count> ended, std::shared_ptr<Count> wrong)
      : ended_(std::move(ended)), wrong_(std::move(wrong)) {}
  void handle(Watch message) {
    monitor(message.pid);
    link(message.pid);
    trap_exits();
  }
  void handle(Mail message) {
    if (message.number != heard_[message.from]++) wrong_->add();
  }
  void handle(const Down& down) { ended(down.pid); }
  void handle(const Exit& exit) { ended(exit.pid); }

 private:
  void ended(Pid pid) {
    if (heard_[pid] != 5) wrong_->add();
    ended_->add();
  }
  std::shared_ptr<Count> ended_;
  std::shared_ptr<Count> wrong_;
  std::unordered_map<Pid, int> heard_;
};

/// Sends five messages to its receiver and ends.
class Sender final : public Server<Sender> {
 public:
  struct Go {};
  explicit Sender(Ref<Receiver> to) : to_(to) {}
  void handle(Go /*message*/) {
    for (int i = 0; i < 5; ++i) {
      const Sent sent = to_.cast(Receiver::Mail{self().pid(), i});
      if (!sent) throw std::runtime_error("refused");
    }
    stop(ExitReason::shutdown());
  }

 private:
  Ref<Receiver> to_;
};

class SignalOrder : public testing::TestWithParam<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(Shards, SignalOrder, testing::Values(1, 2, 3));

// catalogue 110
TEST_P(SignalOrder, ExitAndDownComeAfterEverythingTheSenderSaid) {
  Runtime runtime({.shards = GetParam()});
  const auto ended = std::make_shared<Count>();
  const auto wrong = std::make_shared<Count>();
  const auto receiver =
      spawn<Receiver>(runtime, {.mailbox = {.capacity = 1'000'000}}, ended, wrong).value();
  const int lives = rounds(5'000);
  for (int i = 0; i < lives; ++i) {
    const auto sender = spawn<Sender>(runtime, {.placement = Placement::any()}, receiver).value();
    ASSERT_TRUE(receiver.call_blocking(Receiver::Watch{sender.pid()}, 60s));
    ASSERT_TRUE(sender.cast(Sender::Go{}));
  }
  ended->wait_for(2 * static_cast<std::uint64_t>(lives));
  EXPECT_EQ(wrong->value(), 0U);
}

// -- names ---------------------------------------------------------------------------------------

/// Holds a name and ends when it is asked.
class Holder final : public Server<Holder> {
 public:
  struct Leave {};
  void handle(Leave /*message*/) { stop(); }
};

/// Makes holders of one name, each as soon as it hears of the end of the last.
class Keeper final : public Server<Keeper> {
 public:
  struct Begin {};
  Keeper(int lives, std::shared_ptr<Count> violations, std::shared_ptr<Count> done)
      : lives_(lives), violations_(std::move(violations)), done_(std::move(done)) {}
  Task<void> handle(Begin /*message*/) { return next(); }
  Task<void> handle(Down /*down*/) {
    if (runtime().registry().find("the name").pid) violations_->add();
    return next();
  }

 private:
  Task<void> next() {
    if (lives_-- == 0) {
      done_->add();
      co_return;
    }
    const SpawnOptions options{.placement = Placement::any(), .name = "the name"};
    const auto holder = co_await start<Holder>(options);
    if (!holder) {
      violations_->add();
      done_->add();
      co_return;
    }
    monitor(holder->pid());
    holder->cast(Holder::Leave{}).ignore();
  }

  int lives_;
  std::shared_ptr<Count> violations_;
  std::shared_ptr<Count> done_;
};

// catalogue 111
TEST(Names, AreFreeBeforeAnybodyHearsOfTheirOwnersEnd) {
  Runtime runtime({.shards = 2});
  const auto violations = std::make_shared<Count>();
  const auto done = std::make_shared<Count>();
  const auto keeper = spawn<Keeper>(runtime, {}, rounds(20'000), violations, done).value();
  ASSERT_TRUE(keeper.cast(Keeper::Begin{}));
  done->wait_for(1);
  EXPECT_EQ(violations->value(), 0U);
}

// -- exceptions ----------------------------------------------------------------------------------

/// Throws in every place where code of an actor runs.
class Thrower final : public Server<Thrower> {
 public:
  enum class Where : std::uint8_t {
    constructor,
    init,
    init_later,
    cast,
    cast_later,
    call,
    call_later,
    timer,
    continuation,
    background,
    background_later,
    blocking_job,
    down,
    exit,
    info,
    idle,
    terminate,
    terminate_later,
    describe,
  };
  static constexpr int kWheres = 19;

  struct Go {};
  struct Ask {
    using Reply = int;
  };
  struct Boom {};
  struct Quit {};

  explicit Thrower(Where where) : where_(where) { at(Where::constructor); }
  Task<Init> init() {
    at(Where::init);
    return init_later();
  }
  Task<void> terminate(ExitReason /*reason*/) {
    at(Where::terminate);
    return later(Where::terminate_later, this);
  }
  Task<void> handle(Go /*message*/) {
    prepare();
    at(Where::cast);
    at(Where::describe);
    return later(Where::cast_later, this);
  }
  Task<int> handle(Ask /*message*/) {
    at(Where::call);
    return ask_later();
  }
  void handle(Boom /*message*/) { throw std::runtime_error("boom"); }
  void handle(Quit /*message*/) { stop(); }
  void handle(const Down& /*down*/) { at(Where::down); }
  void handle(const Exit& /*exit*/) { at(Where::exit); }
  void handle(const Info& /*info*/) { at(Where::info); }
  void handle(IdleTimeout /*timeout*/) { at(Where::idle); }
  [[nodiscard]] std::string describe() const override {
    at(Where::describe);
    return "fine";
  }

 private:
  void at(Where where) const {
    if (where == where_) throw std::runtime_error("boom");
  }
  void prepare() {
    if (where_ == Where::timer) send_after(0ms, Boom{});
    if (where_ == Where::continuation) continue_with(Boom{});
    if (where_ == Where::idle) idle_timeout(0ms);
    if (where_ == Where::down) monitor(Pid(0, 77, 1));
    if (where_ == Where::exit) {
      trap_exits();
      link(Pid(0, 77, 1));
    }
    if (where_ == Where::info) send_info(runtime(), self().pid(), 1).ignore();
    if (where_ == Where::background) background(throw_now());
    if (where_ == Where::background_later) background(later(where_, this));
    if (where_ == Where::blocking_job) background(throw_in_job());
  }
  static Task<void> throw_now() {
    throw std::runtime_error("boom");
    co_return;
  }
  static Task<void> throw_in_job() {
    auto job = []() -> void { throw std::runtime_error("boom"); };
    std::ignore = co_await blocking(std::move(job), 60s);
  }
  static Task<void> later(Where where, Thrower* self) {
    co_await yield();
    self->at(where);
  }
  Task<Init> init_later() {
    co_await yield();
    at(Where::init_later);
    co_return Init::ok();
  }
  Task<int> ask_later() {
    co_await yield();
    at(Where::call_later);
    co_return 1;
  }

  Where where_;
};

class Exceptions : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Everywhere, Exceptions, testing::Range(0, Thrower::kWheres));

// catalogue 117
TEST_P(Exceptions, NeverLeaveTheActor) {
  Runtime runtime({.shards = 1});
  const auto listener = runtime.events().attach(
      [](const Event&) -> void { throw std::runtime_error("a broken observer"); });
  const auto thrower = spawn<Thrower>(runtime, {}, static_cast<Thrower::Where>(GetParam()));
  if (thrower) {
    thrower->cast(Thrower::Go{}).ignore();
    std::ignore = thrower->call_blocking(Thrower::Ask{}, 60s);
    std::ignore = Sys(runtime, thrower->pid()).status();
    std::ignore = Sys(runtime, thrower->pid()).install("f", [](const HandledMessage&) -> bool {
      throw std::runtime_error("a broken debug function");
    });
    thrower->cast(Thrower::Quit{}).ignore();
    std::ignore = runtime.stop(thrower->pid());
    EXPECT_FALSE(runtime.stats(thrower->pid()));
  }
  const auto other = spawn<Holder>(runtime, {});
  ASSERT_TRUE(other) << "the shard goes on";
  EXPECT_EQ(runtime.stop(other->pid()), ExitReason::shutdown());
}

TEST(Exceptions, OfAnAsioHandlerDoNotEndTheShard) {
  Runtime runtime({.shards = 1});
  Count reports;
  const auto listener = runtime.events().attach(
      [&](const Event& event) {
        EXPECT_EQ(event.detail, "error(std::runtime_error: boom)");
        reports.add();
      },
      {EventKind::io_crash});
  for (std::uint64_t i = 1; i <= 2; ++i) {
    boost::asio::post(runtime.shard(0).io(), []() -> void { throw std::runtime_error("boom"); });
    reports.wait_for(i);
    const auto holder = spawn<Holder>(runtime, {});
    ASSERT_TRUE(holder);
    EXPECT_EQ(runtime.stop(holder->pid()), ExitReason::shutdown());
  }
}

// -- in flight -----------------------------------------------------------------------------------

/// Is killed, stopped or crashes while much is under way.
class Target final : public Server<Target> {
 public:
  struct Cast {};
  struct Ask {
    using Reply = int;
  };
  struct AskLater {
    using Reply = int;
  };
  struct Park {
    using Reply = int;
  };
  struct Crash {};
  void init() { send_every(1ms, Cast{}); }
  void handle(Cast /*message*/) { ++handled_; }
  int handle(Ask /*message*/) { return handled_; }
  Task<int> handle(AskLater /*message*/) {
    co_await yield();
    co_await yield();
    co_return handled_;
  }
  void handle(Park /*message*/, ReplyTo<int> reply) { parked_.push_back(std::move(reply)); }
  void handle(Crash /*message*/) { throw std::runtime_error("boom"); }

 private:
  int handled_ = 0;
  std::vector<ReplyTo<int>> parked_;
};

/// Asks a target in every way, and counts the answers.
class Asker final : public Server<Asker> {
 public:
  struct Begin {
    Ref<Target> target;
  };
  Asker(int calls, std::shared_ptr<Count> answers, std::shared_ptr<Count> done)
      : calls_(calls), answers_(std::move(answers)), done_(std::move(done)) {}
  void handle(Begin message) {
    for (int i = 0; i < calls_; ++i) background(ask(this, message.target, i));
    background(collect(this, message.target));
    background(finish(this));
  }

 private:
  static Task<void> ask(Asker* self, Ref<Target> target, int i) {
    target.cast(Target::Cast{}).ignore();
    if (i % 3 == 0) {
      std::ignore = co_await target.call(Target::Ask{}, 60s);
    } else if (i % 3 == 1) {
      std::ignore = co_await target.call(Target::AskLater{}, 60s);
    } else {
      std::ignore = co_await target.call(Target::Park{}, 60s);
    }
    self->answered();
  }
  static Task<void> collect(Asker* self, Ref<Target> target) {
    Requests<int> requests;
    for (int i = 0; i < self->calls_; ++i) {
      requests.send(target, Target::Park{}, static_cast<std::size_t>(i));
    }
    while (!requests.empty()) {
      std::ignore = co_await requests.receive(Time::max());
      self->answered();
    }
  }
  static Task<void> finish(Asker* self) {
    while (self->open_ > 0) std::ignore = co_await sleep_for(1ms);
    self->done_->add();
  }
  void answered() {
    answers_->add();
    --open_;
  }

  int calls_;
  int open_ = 2 * calls_;
  std::shared_ptr<Count> answers_;
  std::shared_ptr<Count> done_;
};

struct End {
  const char* name;
  void (*end)(Runtime&, const Ref<Target>&);
  friend void PrintTo(const End& how, std::ostream* out) { *out << how.name; }
};

class InFlight : public testing::TestWithParam<End> {};
INSTANTIATE_TEST_SUITE_P(Ends, InFlight,
                         testing::Values(End{"crash",
                                             [](Runtime&, const Ref<Target>& target) {
                                               target.cast(Target::Crash{}).ignore();
                                             }},
                                         End{"kill",
                                             [](Runtime& runtime, const Ref<Target>& target) {
                                               runtime.kill(target.pid());
                                             }},
                                         End{"stop",
                                             [](Runtime& runtime, const Ref<Target>& target) {
                                               std::ignore = runtime.stop(target.pid());
                                             }}),
                         [](const auto& info) { return info.param.name; });

// catalogue 129
TEST_P(InFlight, EveryCallIsAnsweredOnceHoweverItsServerEnds) {
  constexpr int kAskers = 3;
  constexpr int kCalls = 170;  // by each: about a thousand messages under way
  for (int round = 0; round < rounds(50); ++round) {
    Runtime runtime({.shards = 3});
    const auto answers = std::make_shared<Count>();
    const auto done = std::make_shared<Count>();
    const auto target = spawn<Target>(runtime, {.placement = Placement::shard(0)}).value();
    std::vector<Ref<Asker>> askers;
    for (std::uint32_t i = 0; i < kAskers; ++i) {
      askers.push_back(
          spawn<Asker>(runtime, {.placement = Placement::shard(i)}, kCalls, answers, done).value());
    }
    for (const auto& asker : askers) ASSERT_TRUE(asker.cast(Asker::Begin{target}));
    if (round % 2 == 0) answers->wait_for(10);
    GetParam().end(runtime, target);
    done->wait_for(kAskers);
    EXPECT_EQ(answers->value(), std::uint64_t{2} * kAskers * kCalls);
  }
}

// catalogue 129
TEST_P(InFlight, TheRuntimeMayEndWithEverythingUnderWay) {
  for (int round = 0; round < rounds(50); ++round) {
    Runtime runtime({.shards = 3});
    const auto answers = std::make_shared<Count>();
    const auto done = std::make_shared<Count>();
    const auto target = spawn<Target>(runtime, {.placement = Placement::shard(0)}).value();
    for (std::uint32_t i = 0; i < 3; ++i) {
      const auto asker =
          spawn<Asker>(runtime, {.placement = Placement::shard(i)}, 100, answers, done).value();
      ASSERT_TRUE(asker.cast(Asker::Begin{target}));
    }
    if (round % 2 == 0) GetParam().end(runtime, target);
  }
}

// -- rooms ---------------------------------------------------------------------------------------

/// Counts what it gets, slowly enough that its mailbox fills.
class Consumer final : public Server<Consumer> {
 public:
  struct Item {};
  explicit Consumer(std::shared_ptr<Count> received) : received_(std::move(received)) {}
  Task<void> handle(Item /*item*/) {
    co_await yield();
    received_->add();
  }

 private:
  std::shared_ptr<Count> received_;
};

class Producer final : public Server<Producer> {
 public:
  struct Begin {
    Ref<Consumer> to;
    int items;
  };
  explicit Producer(std::shared_ptr<Count> refused) : refused_(std::move(refused)) {}
  Task<void> handle(Begin message) {
    for (int i = 0; i < message.items; ++i) {
      const Sent sent = co_await message.to.cast_when_room(Consumer::Item{}, 60s);
      if (!sent) refused_->add();
    }
  }

 private:
  std::shared_ptr<Count> refused_;
};

// catalogue 123
TEST(Rooms, AreGivenToProducersOnEveryShardUntilAllIsSent) {
  Runtime runtime({.shards = 3});
  const auto received = std::make_shared<Count>();
  const auto refused = std::make_shared<Count>();
  const auto consumer =
      spawn<Consumer>(runtime, {.mailbox = {.capacity = 4}, .placement = Placement::shard(0)},
                      received)
          .value();
  const int items = rounds(2'000);
  for (std::uint32_t i = 0; i < 6; ++i) {
    const auto producer =
        spawn<Producer>(runtime, {.placement = Placement::shard(i % 3)}, refused).value();
    ASSERT_TRUE(producer.cast(Producer::Begin{consumer, items}));
  }
  received->wait_for(6 * static_cast<std::uint64_t>(items));
  EXPECT_EQ(refused->value(), 0U);
}

// -- replies from outside ------------------------------------------------------------------------

/// Hands its calls over to another thread.
class Outsourcer final : public Server<Outsourcer> {
 public:
  struct Ask {
    using Reply = int;
    int value;
  };
  explicit Outsourcer(std::shared_ptr<boost::asio::io_context> elsewhere)
      : elsewhere_(std::move(elsewhere)) {}
  void handle(Ask message, ReplyTo<int> reply) {
    auto shared = std::make_shared<ReplyTo<int>>(std::move(reply));
    boost::asio::post(*elsewhere_, [shared, value = message.value] { shared->answer(value); });
  }

 private:
  std::shared_ptr<boost::asio::io_context> elsewhere_;
};

TEST(Replies, MayBeGivenByAnyThread) {
  auto elsewhere = std::make_shared<boost::asio::io_context>();
  auto work = boost::asio::make_work_guard(*elsewhere);
  std::jthread thread([&] { elsewhere->run(); });
  {
    Runtime runtime({.shards = 2});
    const auto outsourcer = spawn<Outsourcer>(runtime, {}, elsewhere).value();
    for (int i = 0; i < rounds(1'000); ++i) {
      EXPECT_EQ(outsourcer.call_blocking(Outsourcer::Ask{i}, 60s), i);
    }
  }
  work.reset();
}

// -- lives -----------------------------------------------------------------------------------

TEST(Lives, BeginAndEndOnEveryShardAtOnce) {
  Runtime runtime({.shards = 3});
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&runtime] {
      for (int i = 0; i < rounds(2'000); ++i) {
        const auto holder = spawn<Holder>(runtime, {.placement = Placement::any()});
        ASSERT_TRUE(holder);
        if (i % 2 == 0) {
          EXPECT_EQ(runtime.stop(holder->pid()), ExitReason::shutdown());
        } else {
          holder->cast(Holder::Leave{}).ignore();
          runtime.kill(holder->pid());
        }
      }
    });
  }
}

/// Starts actors on another shard, one after the other, until it is told to stop; counts those that
/// were given to it as started though they had been killed on its behalf.
class Starter final : public Server<Starter> {
 public:
  explicit Starter(Count& stillborn) : stillborn_(stillborn) {}
  struct Go {};
  Task<void> handle(Go /*message*/) {
    while (true) {
      SpawnOptions options{.placement = Placement::shard(1)};
      const StartOutcome outcome = co_await start_actor(make_factory<Holder>(), std::move(options));
      if (!cell().must_not_wait()) continue;
      if (outcome.ok()) stillborn_.add();
      co_return;
    }
  }

 private:
  Count& stillborn_;
};

TEST(Lives, ThatAStopCutShortAtTheirBeginningDoNotCountAsStarted) {
  Runtime runtime({.shards = 2});
  Count stillborn;
  for (int i = 0; i < rounds(2'000); ++i) {
    const auto starter =
        spawn<Starter>(runtime, {.placement = Placement::shard(0)}, std::ref(stillborn)).value();
    starter.cast(Starter::Go{}).ignore();
    ASSERT_EQ(runtime.stop(starter.pid()), ExitReason::shutdown());
  }
  EXPECT_EQ(stillborn.value(), 0U);
}

TEST(Lives, OfActorsWithAThreadOfTheirOwnReuseThreads) {
  Runtime runtime({.shards = 1});
  for (int i = 0; i < rounds(500); ++i) {
    const auto holder = spawn<Holder>(runtime, {.placement = Placement::own_thread()}).value();
    EXPECT_NE(holder.pid().shard(), 0U);
    ASSERT_EQ(runtime.stop(holder.pid()), ExitReason::shutdown());
  }
  EXPECT_LE(runtime.all_shards().size(), 4U);
}

TEST(Lives, OnThreadsOfTheirOwnAreAtMostAsManyAsTheLimit) {
  Runtime runtime({.shards = 1, .own_threads = 2});
  const SpawnOptions own{.placement = Placement::own_thread()};
  const auto first = spawn<Holder>(runtime, own).value();
  ASSERT_TRUE(spawn<Holder>(runtime, own));
  const StartOutcome third = runtime.start(make_factory<Holder>(), own);
  EXPECT_EQ(third.kind, StartOutcome::Kind::failed);
  EXPECT_EQ(third.reason.text(), "overloaded: all 2 threads of own_thread actors are in use");
  ASSERT_EQ(runtime.stop(first.pid()), ExitReason::shutdown());
}

/// Hears synchronously of a start that is refused.
class StartSink final : public ReplySink {
 public:
  [[nodiscard]] bool is_here() const noexcept override { return true; }
  bool complete(std::uint64_t /*id*/, void* result) noexcept override {
    const auto& outcome = *static_cast<Result<StartOutcome>*>(result);
    if (outcome && !outcome->ok()) refused_ = true;
    return true;
  }
  void post_reply(std::unique_ptr<Envelope> /*envelope*/) noexcept override {}
  void late_reply() noexcept override {}
  [[nodiscard]] bool refused() const { return refused_; }

 private:
  std::atomic<bool> refused_{false};
};

/// Starts actors with threads of their own until one is refused, whatever happens meanwhile.
class Founder final : public Server<Founder> {
 public:
  Founder(std::shared_ptr<StartSink> sink, std::shared_ptr<Count> begun)
      : sink_(std::move(sink)), begun_(std::move(begun)) {}
  struct Go {};
  void handle(Go /*message*/) {
    begun_->add();
    while (!sink_->refused()) {
      runtime().start_async(make_factory<Holder>(), {.placement = Placement::own_thread()},
                            ReplyTo<StartOutcome>(*sink_, 1, Time::max()));
    }
  }

 private:
  std::shared_ptr<StartSink> sink_;
  std::shared_ptr<Count> begun_;
};

TEST(Lives, OnThreadsOfTheirOwnMayBeginWhileTheRuntimeEnds) {
  const auto sink = std::make_shared<StartSink>();
  const auto begun = std::make_shared<Count>();
  {
    Runtime runtime({.shards = 1});
    const auto founder = spawn<Founder>(runtime, {}, sink, begun).value();
    ASSERT_TRUE(founder.cast(Founder::Go{}));
    begun->wait_for(1);
  }
  EXPECT_TRUE(sink->refused()) << "and the runtime has ended";
}

// -- blocked threads -----------------------------------------------------------------------------

/// Blocks its thread until it is let go.
class Blocker final : public Server<Blocker> {
 public:
  struct Gate {
    Count blocked;
    std::latch open{1};
  };
  struct Block {
    std::shared_ptr<Gate> gate;
    std::shared_ptr<Sent> sent;  ///< what became of what it sent afterwards
    Ref<Holder> to;
  };
  struct Ask {
    using Reply = void;
  };
  void handle(const Block& message) {
    message.gate->blocked.add();
    message.gate->open.wait();
    if (message.sent) *message.sent = message.to.cast(Holder::Leave{});
  }
  void handle(Ask /*message*/) {}
};

/// Starts a blocker, and hears of its end.
class BlockersParent final : public Server<BlockersParent> {
 public:
  struct Start {
    using Reply = Pid;
  };
  explicit BlockersParent(std::shared_ptr<Count> abandoned) : abandoned_(std::move(abandoned)) {}
  Task<Pid> handle(Start /*message*/) {
    const SpawnOptions options{.placement = Placement::own_thread(), .name = "blocker"};
    const auto blocker = co_await start<Blocker>(options);
    co_return blocker ? blocker->pid() : Pid();
  }
  void handle(const ChildExit& exit) {
    if (exit.reason.kind() == ExitReason::Kind::abandoned) abandoned_->add();
  }

 private:
  std::shared_ptr<Count> abandoned_;
};

/// Blocks its thread before it has started.
class BlockedStart final : public Server<BlockedStart> {
 public:
  explicit BlockedStart(std::shared_ptr<Blocker::Gate> gate) : gate_(std::move(gate)) {}
  void init() {
    gate_->blocked.add();
    gate_->open.wait();
  }

 private:
  std::shared_ptr<Blocker::Gate> gate_;
};

/// Waits for one that blocks to start.
class PatientStarter final : public Server<PatientStarter> {
 public:
  struct Start {
    std::shared_ptr<Blocker::Gate> gate;
    std::shared_ptr<Place> place;
  };
  Task<void> handle(Start message) {
    SpawnOptions options{.placement = Placement::own_thread(), .place = message.place};
    std::ignore = co_await start<BlockedStart>(std::move(options), message.gate);
  }
};

class BlockedThread : public testing::Test {
 protected:
  ~BlockedThread() override { let_go(); }
  BlockedThread() = default;
  BlockedThread(const BlockedThread&) = delete;
  BlockedThread& operator=(const BlockedThread&) = delete;

  Ref<Blocker> start_blocker() {
    const auto pid = parent_.call_blocking(BlockersParent::Start{}, 60s);
    return {runtime_, pid.value_or(Pid())};
  }
  Ref<Blocker> blocked() {
    const auto blocker = start_blocker();
    EXPECT_TRUE(blocker.cast(Blocker::Block{gate_, sent_, holder_}));
    gate_->blocked.wait_for(1);
    return blocker;
  }
  void let_go() {
    if (!std::exchange(let_go_, true)) gate_->open.count_down();
  }
  ExitReason::Kind stop(const Ref<Blocker>& blocker) {
    return runtime_.stop(blocker.pid(), ExitReason::shutdown(), 1ms)->kind();
  }

  bool let_go_ = false;
  std::shared_ptr<Blocker::Gate> gate_ = std::make_shared<Blocker::Gate>();
  std::shared_ptr<Sent> sent_ = std::make_shared<Sent>();
  std::shared_ptr<Count> abandoned_ = std::make_shared<Count>();
  Count reaped_;
  Runtime runtime_{{.shards = 1, .kill_grace = 10ms}};
  EventBus::Subscription subscription_ =
      runtime_.events().attach([this](const Event&) { reaped_.add(); }, {EventKind::zombie_reap});
  Ref<BlockersParent> parent_ = spawn<BlockersParent>(runtime_, {}, abandoned_).value();
  Ref<Holder> holder_ = spawn<Holder>(runtime_, {}).value();
};

// catalogue 121
TEST_F(BlockedThread, IsAbandonedWithItsActorWhenAKillDoesNotHelp) {
  const auto old = blocked();
  EXPECT_EQ(stop(old), ExitReason::Kind::abandoned);
  abandoned_->wait_for(1);
  EXPECT_FALSE(runtime_.stats(old.pid()));
  EXPECT_EQ(old.cast(Blocker::Block{}).error(), Errc::noproc);
  EXPECT_EQ(runtime_.stop(old.pid()).error(), Errc::noproc);
  EXPECT_EQ(runtime_.stuck_threads(), 1U);

  const auto young = start_blocker();
  EXPECT_NE(young.pid().shard(), old.pid().shard()) << "its thread is never reused";
  EXPECT_EQ(runtime_.registry().find("blocker").pid, young.pid());

  let_go();
  reaped_.wait_for(1);
  EXPECT_EQ(sent_->error(), Errc::shutting_down) << "what a zombie sends is refused";
  EXPECT_EQ(runtime_.registry().find("blocker").pid, young.pid());
  EXPECT_EQ(runtime_.stuck_threads(), 0U);
  ASSERT_TRUE(young.call_blocking(Blocker::Ask{}, 60s));
  EXPECT_EQ(abandoned_->value(), 1U) << "the parent is told once";
}

// catalogue 121
TEST_F(BlockedThread, AnswersTheMailThatWaitsForItsActor) {
  const auto blocker = blocked();
  std::jthread caller(
      [&] { EXPECT_EQ(blocker.call_blocking(Blocker::Ask{}, 60s).error(), Errc::down); });
  while (runtime_.stats(blocker.pid())->mailbox_depth == 0) std::this_thread::yield();
  EXPECT_EQ(stop(blocker), ExitReason::Kind::abandoned);
}

TEST_F(BlockedThread, InAnInitDoesNotHoldWhoeverStartsIt) {
  const auto place = runtime_.root()->add_child("slow", Place::Kind::worker, "");
  const auto starter = spawn<PatientStarter>(runtime_, {}).value();
  ASSERT_TRUE(starter.cast(PatientStarter::Start{gate_, place}));
  gate_->blocked.wait_for(1);
  EXPECT_EQ(runtime_.stop(starter.pid(), ExitReason::shutdown(), 60s), ExitReason::shutdown());
  EXPECT_EQ(runtime_.stuck_threads(), 1U);
  let_go();
  reaped_.wait_for(1);
  EXPECT_FALSE(place->pid()) << "a start that comes too late is none";
}

TEST_F(BlockedThread, IsWaitedForWhereTheActorMustNotBeAbandoned) {
  const auto blocker = spawn<Blocker>(runtime_, {.placement = Placement::own_thread(),
                                                 .on_unstoppable = OnUnstoppable::wait})
                           .value();
  ASSERT_TRUE(blocker.cast(Blocker::Block{gate_, nullptr, holder_}));
  gate_->blocked.wait_for(1);
  EXPECT_FALSE(runtime_.abandon(blocker.pid()));
  let_go();
  EXPECT_EQ(runtime_.stop(blocker.pid()), ExitReason::shutdown());
}

TEST(BlockedThreadDeathTest, EndsTheProcessThatCanNotEndTheRuntime) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        const auto gate = std::make_shared<Blocker::Gate>();
        Runtime runtime({.shards = 1, .exit_limit = 10ms});
        const auto blocker =
            spawn<Blocker>(runtime, {.placement = Placement::own_thread()}).value();
        blocker.cast(Blocker::Block{gate, nullptr, {}}).ignore();
        gate->blocked.wait_for(1);
      },
      testing::KilledBySignal(SIGABRT), "");
}

}  // namespace
}  // namespace coppice::actors
