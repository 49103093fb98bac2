#include "supervisor/task_supervisor.hpp"

#include "supervisor/supervision_fixture.hpp"

namespace coppice::supervisor {
namespace {

using namespace std::chrono_literals;
using actors::Duration;
using actors::Task;

// -- work ----------------------------------------------------------------------------------------

int add_up(int a, int b) { return a + b; }
Result<int> refuse() { return actors::fail(Errc::unavailable, "not today"); }
int blow_up() { throw std::runtime_error("boom"); }
void do_nothing() {}

Task<std::string> after(Duration delay, std::string text) {
  std::ignore = co_await actors::sleep_for(delay);
  co_return text;
}

Task<Result<int>> refuse_after(Duration delay) {
  std::ignore = co_await actors::sleep_for(delay);
  co_return actors::fail(Errc::unavailable, "not today");
}

Task<int> no_task() { return {}; }

// -- its owner -----------------------------------------------------------------------------------

/// Starts tasks and asks for their results, as its messages say.
class Owner final : public actors::Server<Owner> {
 public:
  enum class Bond : std::uint8_t { link, none };

 private:
  template <class F, class... Args>
  auto bound(Bond bond, F work, Args... args) {
    return bond == Bond::link ? tasks_.async(work, std::move(args)...)
                              : tasks_.async_nolink(work, std::move(args)...);
  }

 public:
  explicit Owner(TaskSupervisor tasks) : tasks_(std::move(tasks)) {}

  struct Add {
    using Reply = int;
  };
  Task<Result<int>> handle(Add /*message*/) {
    auto sum = co_await tasks_.async(add_up, 2, 3);
    co_return co_await result_of(std::move(sum));
  }

  struct Nothing {
    using Reply = void;
  };
  Task<Result<void>> handle(Nothing /*message*/) {
    auto nothing = co_await tasks_.async(do_nothing);
    co_return co_await result_of(std::move(nothing));
  }

  struct Refuse {
    using Reply = int;
    bool later;
  };
  Task<Result<int>> handle(Refuse message) {
    if (message.later) {
      auto refused = co_await tasks_.async(refuse_after, Duration(10ms));
      co_return co_await result_of(std::move(refused));
    }
    auto refused = co_await tasks_.async(refuse);
    co_return co_await result_of(std::move(refused));
  }

  struct BlowUp {
    using Reply = int;
    Bond bond;
  };
  Task<Result<int>> handle(BlowUp message) {
    auto doomed = co_await bound(message.bond, blow_up);
    co_return co_await result_of(std::move(doomed));
  }

  struct ReturnNoTask {
    using Reply = int;
  };
  Task<Result<int>> handle(ReturnNoTask /*message*/) {
    auto broken = co_await tasks_.async_nolink(no_task);
    co_return co_await result_of(std::move(broken));
  }

  /// Two at once: both results in the time of one.
  struct Both {
    using Reply = std::string;
  };
  Task<Result<std::string>> handle(Both /*message*/) {
    auto first = co_await tasks_.async(after, Duration(100ms), std::string("a"));
    auto second = co_await tasks_.async(after, Duration(100ms), std::string("b"));
    if (!first || !second) co_return actors::fail(Errc::start_failed);
    const auto a = co_await first->wait(1s);
    const auto b = co_await second->wait(1s);
    co_return a.value() + b.value();
  }

  /// Waits too short, then long enough, then once too often.
  struct Impatient {
    using Reply = std::string;
  };
  Task<Result<std::string>> handle(Impatient /*message*/) {
    auto task = co_await tasks_.async(after, Duration(100ms), std::string("done"));
    if (!task) co_return std::unexpected(task.error());
    std::string story(to_string((co_await task->wait(50ms)).error().code));
    story += ", " + (co_await task->wait(1s)).value();
    story += ", " + std::string(to_string((co_await task->wait(1s)).error().code));
    co_return story;
  }

  /// Starts a long task, says which, and keeps it until Drop.
  struct Keep {
    using Reply = Pid;
    Bond bond;
  };
  Task<Result<Pid>> handle(Keep message) {
    auto task = co_await bound(message.bond, after, Duration(1h), std::string());
    if (!task) co_return std::unexpected(task.error());
    kept_.emplace(std::move(*task));
    co_return kept_->pid();
  }

  struct Drop {};
  void handle(Drop /*message*/) { kept_.reset(); }

  struct Crash {};
  void handle(Crash /*message*/) { throw std::runtime_error("boom"); }

  struct Start {
    using Reply = Pid;
    Restart restart;
    std::shared_ptr<actors::testkit::Journal> journal;
    bool fails;
  };
  Task<Result<Pid>> handle(Start message) {
    co_return co_await tasks_.start(
        message.restart,
        [](std::shared_ptr<actors::testkit::Journal> journal, bool fails) {
          journal->add("ran");
          if (fails) throw std::runtime_error("boom");
        },
        message.journal, message.fails);
  }

 private:
  template <class R>
  static Task<Result<R>> result_of(Result<AsyncTask<R>> task) {
    if (!task) co_return std::unexpected(task.error());
    co_return co_await task->wait(1s);
  }

  TaskSupervisor tasks_;
  std::optional<AsyncTask<std::string>> kept_;
};

class TaskSupervisorTest : public SupervisionTest {
 protected:
  void SetUp() override {
    start(Strategy::one_for_one, {task_supervisor_child("tasks", {.max_children = 3})});
  }

  [[nodiscard]] std::size_t running() {
    world_.run();
    return place_->find("tasks")->children().size();
  }

  Ref<Owner> owner() {
    const actors::ChildRef<DynamicSupervisor> pool(world_.runtime(), place_->find("tasks"));
    return world_.spawn<Owner>(TaskSupervisor(pool));
  }
};

// -- results -------------------------------------------------------------------------------------

TEST_F(TaskSupervisorTest, AnswersWithTheResult) {
  const auto owner = this->owner();
  EXPECT_EQ(must(world_.call(owner, Owner::Add{})), 5);
  EXPECT_TRUE(world_.call(owner, Owner::Nothing{}));
  EXPECT_EQ(running(), 0);
  EXPECT_EQ(reports(), Entries{});
}

TEST_F(TaskSupervisorTest, AnswersWithTheErrorThatTheWorkReturned) {
  const auto owner = this->owner();
  for (const bool later : {false, true}) {
    EXPECT_EQ(world_.call(owner, Owner::Refuse{later}).error(), Errc::unavailable);
  }
  EXPECT_EQ(reports(), Entries{}) << "an error is a value, not a crash";
}

TEST_F(TaskSupervisorTest, RunsTasksSideBySide) {
  const auto owner = this->owner();
  const auto began = world_.now();
  EXPECT_EQ(must(world_.call(owner, Owner::Both{})), "ab");
  EXPECT_EQ(world_.now() - began, 100ms);
}

TEST_F(TaskSupervisorTest, LetsItsOwnerWaitAgainAfterATimeout) {
  EXPECT_EQ(must(world_.call(owner(), Owner::Impatient{})), "timeout, done, not_found");
}

TEST_F(TaskSupervisorTest, RefusesMoreTasksThanItMayHave) {
  const auto owner = this->owner();
  std::vector<Ref<Owner>> others;
  for (int i = 0; i < 3; ++i) {
    others.push_back(this->owner());
    must(world_.call(others.back(), Owner::Keep{Owner::Bond::link}));
  }
  EXPECT_EQ(world_.call(owner, Owner::Add{}).error(), Errc::max_children);
}

TEST_F(TaskSupervisorTest, FailsAtOnceWhileTheSupervisorIsGone) {
  const auto owner = this->owner();
  const Ref<Supervisor> top(world_.runtime(), place_->pid());
  must(world_.call(top, TerminateChild{"tasks"}));
  EXPECT_EQ(world_.call(owner, Owner::Add{}).error(), Errc::noproc);
}

// -- crashes -------------------------------------------------------------------------------------

TEST_F(TaskSupervisorTest, TakesTheOwnerOfALinkedTaskAlong) {
  const auto owner = this->owner();
  const auto answer = world_.call(owner, Owner::BlowUp{Owner::Bond::link});
  EXPECT_EQ(answer.error(), Errc::down);
  EXPECT_FALSE(world_.alive(owner.pid()));
  EXPECT_EQ(exit_reason(owner.pid()).value().to_string(), kBoom);
  EXPECT_EQ(running(), 0);
}

TEST_F(TaskSupervisorTest, MakesTheCrashOfAnUnlinkedTaskAValue) {
  const auto owner = this->owner();
  const auto answer = world_.call(owner, Owner::BlowUp{Owner::Bond::none});
  EXPECT_EQ(answer.error(), Errc::down);
  EXPECT_NE(answer.error().context.find("boom"), std::string::npos);
  EXPECT_TRUE(world_.alive(owner.pid()));
  EXPECT_EQ(world_.count(EventKind::actor_crash), 1) << "it is reported as any crash";
  EXPECT_EQ(running(), 0);
}

TEST_F(TaskSupervisorTest, TakesAnEmptyTaskForACrash) {
  const auto answer = world_.call(owner(), Owner::ReturnNoTask{});
  EXPECT_EQ(answer.error(), Errc::down);
  EXPECT_NE(answer.error().context.find("bad_return_value"), std::string::npos);
}

// -- the end of the owner ------------------------------------------------------------------------

class KeptTask : public TaskSupervisorTest, public testing::WithParamInterface<Owner::Bond> {};

TEST_P(KeptTask, EndsWhenItsOwnerDropsIt) {
  const auto owner = this->owner();
  const Pid task = must(world_.call(owner, Owner::Keep{GetParam()}));
  world_.cast(owner, Owner::Drop{}).ignore();
  world_.run();
  EXPECT_EQ(exit_reason(task), ExitReason::shutdown());
  EXPECT_TRUE(world_.alive(owner.pid()));
  EXPECT_EQ(running(), 0);
  EXPECT_EQ(reports(), Entries{});
}

TEST_P(KeptTask, EndsWithItsOwner) {
  const auto owner = this->owner();
  const Pid task = must(world_.call(owner, Owner::Keep{GetParam()}));
  world_.cast(owner, Owner::Crash{}).ignore();
  EXPECT_FALSE(world_.alive(task));
  EXPECT_EQ(running(), 0);
}

TEST_P(KeptTask, EndsWithAnOwnerThatIsKilled) {
  const auto owner = this->owner();
  const Pid task = must(world_.call(owner, Owner::Keep{GetParam()}));
  world_.kill(owner.pid());
  EXPECT_FALSE(world_.alive(task));
}

INSTANTIATE_TEST_SUITE_P(Bonds, KeptTask, testing::Values(Owner::Bond::link, Owner::Bond::none),
                         [](const auto& info) {
                           return info.param == Owner::Bond::link ? "Linked" : "Unlinked";
                         });

TEST_F(TaskSupervisorTest, EndsATaskThatNobodyAsksToRun) {
  const Pid someone = owner().pid();
  detail::Work<int> work = [] { return detail::run_work<int>(add_up, std::tuple(1, 2)); };
  const auto shared = std::make_shared<detail::Work<int>>(std::move(work));
  const actors::Factory factory = [shared, someone] {
    return std::make_unique<detail::OneShot<int>>(std::move(*shared), someone,
                                                  detail::OneShot<int>::Bond::none);
  };
  const StartOutcome started = world_.start(factory);
  ASSERT_TRUE(started.ok());
  world_.advance(1min);
  EXPECT_FALSE(world_.alive(started.pid));
  EXPECT_TRUE(world_.alive(someone));
}

// -- work without a result -----------------------------------------------------------------------

TEST_F(TaskSupervisorTest, RunsWorkThatNobodyWaitsFor) {
  must(world_.call(owner(), Owner::Start{Restart::temporary, journal_, false}));
  EXPECT_EQ(running(), 0);
  EXPECT_EQ(journal_->entries(), Entries{"ran"});
  EXPECT_EQ(reports(), Entries{});
}

TEST_F(TaskSupervisorTest, ForgetsTemporaryWorkThatCrashed) {
  const auto owner = this->owner();
  must(world_.call(owner, Owner::Start{Restart::temporary, journal_, true}));
  EXPECT_EQ(running(), 0);
  EXPECT_EQ(journal_->entries(), Entries{"ran"});
  EXPECT_TRUE(world_.alive(owner.pid()));
}

TEST_F(TaskSupervisorTest, RepeatsTransientWorkThatCrashed) {
  must(world_.call(owner(), Owner::Start{Restart::transient, journal_, true}));
  world_.run();
  EXPECT_EQ(journal_->count("ran"), 1 + 3) << "as often as the intensity allows";
}

}  // namespace
}  // namespace coppice::supervisor
