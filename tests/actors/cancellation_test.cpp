#include <array>
#include <optional>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <gtest/gtest.h>

#include "actors/blocking_pool.hpp"
#include "actors/testkit/world.hpp"
#include "actors/use_task.hpp"
#include "support/probe.hpp"

namespace coppice::actors {
namespace {

using namespace std::chrono_literals;
using boost::asio::local::stream_protocol;
using support::call_from;
using support::Probe;
using support::run_in;
using testkit::Journal;
using testkit::World;
using Entries = std::vector<std::string>;

/// Reads from a socket that nobody writes to.
class Reader final : public Server<Reader> {
 public:
  struct Read {};
  struct ReadInBackground {};

  Reader(std::shared_ptr<Journal> journal, std::shared_ptr<stream_protocol::socket> socket)
      : journal_(std::move(journal)), socket_(std::move(socket)) {}

  Task<void> terminate(ExitReason reason) {
    const bool waited = co_await sleep_for(10ms);
    journal_->add("end " + reason.to_string() + (waited ? "" : " cut short"));
  }
  Task<void> handle(Read /*message*/) { return read(journal_, socket_); }
  void handle(ReadInBackground /*message*/) { background(read(journal_, socket_)); }

 private:
  static Task<void> read(std::shared_ptr<Journal> journal,
                         std::shared_ptr<stream_protocol::socket> socket) {
    std::array<char, 16> buffer{};
    const auto [error, bytes] =
        co_await socket->async_read_some(boost::asio::buffer(buffer), use_task);
    journal->add(error ? error.message() : std::to_string(bytes));
  }

  std::shared_ptr<Journal> journal_;
  std::shared_ptr<stream_protocol::socket> socket_;
};

class CancelInIoTest : public testing::Test {
 protected:
  CancelInIoTest() {
    auto& io = world_.runtime().shard(0).io();
    auto mine = std::make_shared<stream_protocol::socket>(io);
    theirs_.emplace(io);
    boost::asio::local::connect_pair(*mine, *theirs_);
    reader_ = world_.spawn<Reader>(journal_, std::move(mine));
  }
  /// Whether the reader's end has been closed, as the other end sees it.
  bool closed() {
    std::array<char, 1> byte{};
    boost::system::error_code error;
    theirs_->non_blocking(true);
    theirs_->read_some(boost::asio::buffer(byte), error);
    return error == boost::asio::error::eof;
  }
  ~CancelInIoTest() override { theirs_.reset(); }
  CancelInIoTest(const CancelInIoTest&) = delete;
  CancelInIoTest& operator=(const CancelInIoTest&) = delete;

  World world_;
  std::shared_ptr<Journal> journal_ = std::make_shared<Journal>();
  std::optional<stream_protocol::socket> theirs_;
  Ref<Reader> reader_;
};

// catalogue 119
TEST_F(CancelInIoTest, EndsTheReadRunsTheHookAndClosesTheSocket) {
  ASSERT_TRUE(reader_.cast(Reader::Read{}));
  world_.run();
  EXPECT_FALSE(closed());
  const Time began = world_.now();
  EXPECT_EQ(world_.stop(reader_.pid(), ExitReason::shutdown(), 100ms), ExitReason::shutdown());
  EXPECT_EQ(journal_->entries(), (Entries{"Operation canceled", "end shutdown"}));
  EXPECT_EQ(world_.now() - began, 10ms) << "what the hook took, well within the deadline";
  EXPECT_TRUE(closed());
}

// catalogue 119
TEST_F(CancelInIoTest, EndsAReadInTheBackgroundAsWell) {
  ASSERT_TRUE(reader_.cast(Reader::ReadInBackground{}));
  world_.run();
  EXPECT_EQ(world_.stop(reader_.pid()), ExitReason::shutdown());
  EXPECT_EQ(journal_->entries(), (Entries{"Operation canceled", "end shutdown"}));
  EXPECT_TRUE(closed());
}

// catalogue 119
TEST_F(CancelInIoTest, AKillClosesTheSocketWithoutTheHook) {
  ASSERT_TRUE(reader_.cast(Reader::Read{}));
  ASSERT_TRUE(reader_.cast(Reader::ReadInBackground{}));
  world_.run();
  world_.kill(reader_.pid());
  EXPECT_FALSE(world_.alive(reader_.pid()));
  EXPECT_TRUE(closed());
  EXPECT_EQ(journal_->count("end killed"), 0U);
  EXPECT_EQ(world_.count(EventKind::zombie_add), world_.count(EventKind::zombie_reap));
}

TEST_F(CancelInIoTest, ACrashElsewhereInTheActorEndsTheReadFirst) {
  ASSERT_TRUE(reader_.cast(Reader::Read{}));
  world_.run();
  world_.runtime().crash(reader_.pid(), "drill");
  world_.advance(1s);
  EXPECT_FALSE(world_.alive(reader_.pid()));
  EXPECT_EQ(journal_->entries(),
            (Entries{"Operation canceled", "end error(std::runtime_error: drill)"}));
  EXPECT_TRUE(closed());
}

/// Waits for a job that nothing can interrupt, and then tries to go on.
class Stuck final : public Server<Stuck> {
 public:
  struct Work {
    using Reply = int;
  };
  Stuck(std::shared_ptr<Journal> journal, Ref<Probe> friend_of)
      : journal_(std::move(journal)), friend_(friend_of) {}
  void terminate(const ExitReason& /*reason*/) { journal_->add("hook"); }
  Task<int> handle(Work /*message*/) {
    auto job = [journal = journal_] { journal->add("job done"); };
    const Result<void> done = co_await blocking(std::move(job), kForever);
    journal_->add(done ? "handler goes on" : "no job");
    const Sent sent = friend_.cast(Probe::Do{[](Probe&) {}});
    journal_->add(sent ? "sent" : std::string(to_string(sent.error())));
    const Result<void> asked = co_await friend_.call(Probe::Ping{});
    journal_->add(asked ? "answered" : std::string(to_string(asked.error().code)));
    if (!register_name("zombie")) journal_->add("no name");
    journal_->add(send_after(1ms, Again{}) == TimerId{} ? "no timer" : "timer");
    co_return 1;
  }
  struct Again {};
  void handle(Again /*message*/) { journal_->add("again"); }

 private:
  std::shared_ptr<Journal> journal_;
  Ref<Probe> friend_;
};

class UnstoppableTest : public testing::Test {
 protected:
  Ref<Stuck> stuck(OnUnstoppable policy = OnUnstoppable::abandon) {
    const auto stuck =
        world_.spawn_with<Stuck>({.on_unstoppable = policy, .name = "stuck"}, journal_, friend_);
    world_.hold_blocking_jobs(true);
    return stuck;
  }
  void finish_jobs() {
    world_.hold_blocking_jobs(false);
    world_.run();
  }

  World world_;
  std::shared_ptr<Journal> journal_ = std::make_shared<Journal>();
  std::shared_ptr<Probe::Seen> seen_ = std::make_shared<Probe::Seen>();
  Ref<Probe> friend_ = world_.spawn<Probe>(seen_);
};

// catalogue 121
TEST_F(UnstoppableTest, IsAbandonedAtTheDeadline) {
  const auto stuck = this->stuck();
  run_in(world_, friend_, [&](Probe& self) { self.monitor(stuck.pid()); });
  const auto call = call_from(world_, world_.spawn<Probe>(), stuck, Stuck::Work{}, 1h);
  const Time began = world_.now();
  EXPECT_EQ(world_.stop(stuck.pid(), ExitReason::shutdown(), 50ms)->kind(),
            ExitReason::Kind::abandoned);
  EXPECT_EQ(world_.now() - began, 50ms);
  world_.run();  // the stopper may hear of the end before the friend does
  ASSERT_EQ(seen_->downs.size(), 1U);
  EXPECT_EQ(seen_->downs[0].reason.kind(), ExitReason::Kind::abandoned);
  EXPECT_FALSE(world_.runtime().registry().find("stuck").pid) << "its name is free";
  ASSERT_TRUE(call->has_value()) << "nobody waits for its answer";
  EXPECT_EQ((*call)->error(), Errc::down);
  EXPECT_EQ(stuck.cast(Stuck::Again{}).error(), Errc::noproc);
  EXPECT_EQ(world_.count(EventKind::zombie_add), 1U);
  EXPECT_EQ(world_.runtime().shard(0).zombies(), 1U);
  EXPECT_TRUE(journal_->entries().empty());

  finish_jobs();
  world_.advance(1s);
  EXPECT_EQ(journal_->entries(), (Entries{"job done", "handler goes on", "shutting_down",
                                          "cancelled", "no name", "no timer"}));
  EXPECT_EQ(world_.count(EventKind::zombie_reap), 1U);
  EXPECT_EQ(world_.runtime().shard(0).zombies(), 0U);
  EXPECT_FALSE(world_.runtime().registry().find("zombie").pid);
  EXPECT_EQ(world_.count(EventKind::actor_exit), 2U) << "the actor once, and what stopped it";
}

// catalogue 121
TEST_F(UnstoppableTest, MakesRoomForItsSuccessorAtOnce) {
  const auto old = stuck();
  call_from(world_, world_.spawn<Probe>(), old, Stuck::Work{}, 1h);
  EXPECT_TRUE(world_.stop(old.pid(), ExitReason::shutdown(), 50ms));
  const auto young = stuck();
  EXPECT_EQ(Name<Stuck>(world_.runtime(), "stuck").resolve(), young.pid());
  finish_jobs();
  EXPECT_EQ(Name<Stuck>(world_.runtime(), "stuck").resolve(), young.pid());
}

/// Cleans up with a job that nothing can interrupt.
class StuckInTerminate final : public Server<StuckInTerminate> {
 public:
  Task<void> terminate(ExitReason /*reason*/) {
    std::ignore = co_await blocking([] {}, kForever);
  }
};

// catalogue 121
TEST_F(UnstoppableTest, TerminateHookIsAbandonedAtTheDeadline) {
  world_.hold_blocking_jobs(true);
  const auto stuck = world_.spawn<StuckInTerminate>();
  EXPECT_EQ(world_.stop(stuck.pid(), ExitReason::shutdown(), 50ms)->kind(),
            ExitReason::Kind::abandoned);
  EXPECT_EQ(world_.runtime().shard(0).zombies(), 1U);
  finish_jobs();
  EXPECT_EQ(world_.runtime().shard(0).zombies(), 0U);
}

TEST_F(UnstoppableTest, MayBeWaitedForInstead) {
  const auto stuck = this->stuck(OnUnstoppable::wait);
  const auto call = call_from(world_, world_.spawn<Probe>(), stuck, Stuck::Work{}, 1h);
  world_.runtime().kill(stuck.pid());
  world_.advance(1h);
  EXPECT_EQ(world_.count(EventKind::actor_exit), 0U);
  finish_jobs();
  EXPECT_FALSE(world_.alive(stuck.pid()));
  EXPECT_EQ(world_.count(EventKind::zombie_add), 0U);
  EXPECT_EQ((*call)->error(), Errc::timeout);
}

TEST_F(UnstoppableTest, JobThatHasNotBegunIsWithdrawn) {
  World world;
  world.hold_blocking_jobs(true);
  const auto stuck = world.spawn<Stuck>(journal_, friend_);
  ASSERT_TRUE(stuck.cast(Stuck::Again{}));
  world.run();
  EXPECT_EQ(journal_->entries(), Entries{"again"});
}

/// Starts itself with a job that nothing can interrupt.
class StuckInInit final : public Server<StuckInInit> {
 public:
  explicit StuckInInit(std::shared_ptr<Journal> journal) : journal_(std::move(journal)) {}
  Task<void> init() {
    std::ignore = co_await blocking([] {}, kForever);
    journal_->add("init done");
  }
  struct Note {};
  void handle(Note /*message*/) { journal_->add("note"); }

 private:
  std::shared_ptr<Journal> journal_;
};

// catalogue 121
TEST_F(UnstoppableTest, InitOfAZombieDoesNotBringItToLife) {
  world_.hold_blocking_jobs(true);
  const StartOutcome outcome =
      world_.start(make_factory<StuckInInit>(journal_), {.name = "late", .init_timeout = 100ms});
  EXPECT_EQ(outcome.reason.kind(), ExitReason::Kind::init_timeout);
  finish_jobs();
  EXPECT_EQ(journal_->entries(), Entries{"init done"});
  EXPECT_EQ(world_.count(EventKind::actor_start), 1U) << "only the friend's";
  EXPECT_FALSE(world_.alive(outcome.pid));
}

}  // namespace
}  // namespace coppice::actors
