#include <string>

#include <gtest/gtest.h>

#include "actors/sys.hpp"
#include "actors/testkit/world.hpp"
#include "support/probe.hpp"

namespace coppice::actors {
namespace {

using namespace std::chrono_literals;
using support::call_from;
using support::Probe;
using support::run_in;
using support::start_in;
using testkit::Journal;
using testkit::World;
using Entries = std::vector<std::string>;

/// Writes down what it gets.
class Inbox final : public Server<Inbox> {
 public:
  struct Item {
    int number = 0;
    [[nodiscard]] std::uint64_t conflation_key() const {
      return static_cast<std::uint64_t>(number % 2);
    }
  };
  struct Ask {
    using Reply = int;
  };

  explicit Inbox(std::shared_ptr<Journal> journal) : journal_(std::move(journal)) {}
  void terminate(const ExitReason& reason) { journal_->add("end " + reason.to_string()); }
  void handle(Item item) { journal_->add(std::to_string(item.number)); }
  int handle(Ask /*message*/) { return 1; }
  void handle(const Down& /*down*/) { journal_->add("down"); }

 private:
  std::shared_ptr<Journal> journal_;
};

struct PolicyCase {
  Overflow policy;
  std::string taken;  ///< per send: + taken, - refused
  Entries handled;
  friend void PrintTo(const PolicyCase& c, std::ostream* out) { *out << to_string(c.policy); }
};

class OverflowTest : public testing::TestWithParam<PolicyCase> {
 protected:
  /// A full mailbox of four, with the actor suspended; ten items have been sent.
  void fill() {
    ASSERT_TRUE(sys_.suspend());
    for (int i = 0; i < 10; ++i) taken_ += inbox_.cast(Inbox::Item{i}) ? '+' : '-';
  }

  World world_;
  std::shared_ptr<Journal> journal_ = std::make_shared<Journal>();
  Ref<Inbox> inbox_ = world_.spawn_with<Inbox>(
      {.mailbox = {.capacity = 4, .overflow = GetParam().policy}}, journal_);
  Sys sys_{world_.runtime(), inbox_.pid()};
  std::string taken_;
};

// The test runs outside the shard: only the receiver's shard can tell what the policies other than
// reject do, so these take everything and decide when it arrives.
INSTANTIATE_TEST_SUITE_P(
    Policies, OverflowTest,
    testing::Values(PolicyCase{Overflow::reject, "++++------", {"0", "1", "2", "3"}},
                    PolicyCase{Overflow::drop_newest, "++++++++++", {"0", "1", "2", "3"}},
                    PolicyCase{Overflow::drop_oldest, "++++++++++", {"6", "7", "8", "9"}},
                    PolicyCase{Overflow::conflate, "++++++++++", {"8", "9", "2", "3"}},
                    PolicyCase{Overflow::kill_receiver, "++++++++++", {}}),
    [](const auto& info) { return std::string(to_string(info.param.policy)); });

// catalogue 123
TEST_P(OverflowTest, DoesWithAFullMailboxWhatThePolicySays) {
  fill();
  EXPECT_EQ(taken_, GetParam().taken);
  world_.run();
  if (GetParam().policy == Overflow::kill_receiver) {
    EXPECT_EQ(journal_->entries(), Entries{"end mailbox_overflow"});
    EXPECT_FALSE(world_.alive(inbox_.pid()));
    EXPECT_EQ(world_.count(EventKind::actor_crash), 1U);
    return;
  }
  ASSERT_TRUE(sys_.resume());
  world_.run();
  EXPECT_EQ(journal_->entries(), GetParam().handled);
  if (GetParam().policy == Overflow::reject) return;  // decided before it came in
  const auto events = world_.events(EventKind::mailbox_overflow);
  ASSERT_EQ(events.size(), 6U);
  EXPECT_EQ(events[0].pid, inbox_.pid());
  EXPECT_EQ(events[0].detail, to_string(GetParam().policy));
}

// catalogue 123
TEST_P(OverflowTest, StillLetsDownsAndTheEndIn) {
  const auto other = world_.spawn<Probe>();
  ASSERT_TRUE(
      world_.runtime().inspect(inbox_.pid(), [&](Cell& cell) { cell.monitor(other.pid()); }));
  ASSERT_TRUE(sys_.suspend());
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(inbox_.cast(Inbox::Item{i}));
  world_.kill(other.pid());
  ASSERT_TRUE(sys_.resume());
  world_.run();
  EXPECT_EQ(journal_->take(), (Entries{"0", "1", "2", "3", "down"}));

  ASSERT_TRUE(sys_.suspend());
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(inbox_.cast(Inbox::Item{i}));
  EXPECT_EQ(world_.stop(inbox_.pid()), ExitReason::shutdown());
  EXPECT_EQ(journal_->take(), Entries{"end shutdown"});
}

// catalogue 123
TEST_P(OverflowTest, FailsACallAtOnce) {
  fill();
  const auto answer = call_from(world_, world_.spawn<Probe>(), inbox_, Inbox::Ask{});
  if (GetParam().policy == Overflow::drop_oldest) {
    EXPECT_FALSE(answer->has_value()) << "the newest is taken";
    return;
  }
  ASSERT_TRUE(answer->has_value());
  const bool dead = GetParam().policy == Overflow::kill_receiver;
  EXPECT_EQ((*answer)->error(), dead ? Errc::noproc : Errc::overloaded);
}

class MailboxTest : public testing::Test {
 protected:
  Ref<Inbox> inbox(MailboxOptions mailbox, Placement placement = Placement::shard(0)) {
    return world_.spawn_with<Inbox>({.mailbox = mailbox, .placement = placement}, journal_);
  }

  World world_{{.shards = 2}};
  std::shared_ptr<Journal> journal_ = std::make_shared<Journal>();
  Ref<Probe> probe_ = world_.spawn_with<Probe>({.placement = Placement::shard(0)});
};

TEST_F(MailboxTest, TellsASenderOnTheSameShardWhatThePolicyDid) {
  const auto rejecting = inbox({.capacity = 1});
  const auto dropping = inbox({.capacity = 1, .overflow = Overflow::drop_newest});
  const auto conflating = inbox({.capacity = 1, .overflow = Overflow::conflate});
  run_in(world_, probe_, [&](Probe&) {
    EXPECT_TRUE(rejecting.cast(Inbox::Item{0}));
    EXPECT_EQ(rejecting.cast(Inbox::Item{1}).error(), Errc::overloaded);
    EXPECT_TRUE(dropping.cast(Inbox::Item{0}));
    EXPECT_TRUE(dropping.cast(Inbox::Item{1})) << "dropped as agreed";
    EXPECT_TRUE(conflating.cast(Inbox::Item{0}));
    EXPECT_TRUE(conflating.cast(Inbox::Item{2})) << "the same key";
    EXPECT_EQ(conflating.cast(Inbox::Item{1}).error(), Errc::overloaded) << "another key";
  });
}

TEST_F(MailboxTest, OverflowsOnceThoughWhoHearsOfItSendsAgain) {
  const auto full = inbox({.capacity = 1, .overflow = Overflow::drop_newest});
  const auto listening = world_.runtime().events().attach(
      [full](const Event& /*event*/) { full.cast(Inbox::Item{2}).ignore(); },
      {EventKind::mailbox_overflow});
  run_in(world_, probe_, [&](Probe&) {
    EXPECT_TRUE(full.cast(Inbox::Item{0}));
    EXPECT_TRUE(full.cast(Inbox::Item{1}));
  });
  EXPECT_EQ(world_.count(EventKind::mailbox_overflow), 1U);
}

TEST_F(MailboxTest, ShedsCallsWhileMailWaitsTooLong) {
  const auto slow = inbox({.shed_calls_after = 100ms});
  Sys sys(world_.runtime(), slow.pid());
  ASSERT_TRUE(sys.suspend());
  ASSERT_TRUE(slow.cast(Inbox::Item{1}));
  world_.run();
  world_.advance(50ms);
  EXPECT_FALSE(call_from(world_, world_.spawn<Probe>(), slow, Inbox::Ask{})->has_value());
  world_.advance(51ms);
  const auto shed = call_from(world_, world_.spawn<Probe>(), slow, Inbox::Ask{});
  ASSERT_TRUE(shed->has_value());
  EXPECT_EQ((*shed)->error(), Errc::overloaded);
  const auto far = world_.spawn_with<Probe>({.placement = Placement::shard(1)});
  const auto from_afar = call_from(world_, far, slow, Inbox::Ask{});
  ASSERT_TRUE(from_afar->has_value());
  EXPECT_EQ((*from_afar)->error(), Errc::overloaded);
  EXPECT_TRUE(slow.cast(Inbox::Item{2})) << "casts are not shed";
  ASSERT_TRUE(sys.resume());
  world_.run();
  EXPECT_EQ(world_.call(slow, Inbox::Ask{}), 1) << "it has caught up";
  const auto events = world_.events(EventKind::mailbox_age);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].detail, "shedding calls");
  EXPECT_EQ(events[1].detail, "recovered");
}

Task<void> produce(Ref<Inbox> to, int number, Duration timeout, std::shared_ptr<Journal> journal) {
  const Sent sent = co_await to.cast_when_room(Inbox::Item{number}, timeout);
  journal->add(sent ? "sent " + std::to_string(number)
                    : std::string(to_string(sent.error())) + " " + std::to_string(number));
}

/// Waiting for room, from the receiver's shard and from another one.
class RoomTest : public testing::TestWithParam<std::uint32_t> {
 protected:
  Ref<Probe> producer() {
    return world_.spawn_with<Probe>({.placement = Placement::shard(GetParam())});
  }
  Ref<Probe> produce_from_new(int number, Duration timeout = 1s) {
    const auto from = producer();
    start_in(world_, from, [=, this](Probe*) { return produce(inbox_, number, timeout, sent_); });
    return from;
  }
  void pause() { ASSERT_TRUE(sys_.suspend()); }
  void go_on() {
    ASSERT_TRUE(sys_.resume());
    world_.run();
  }

  World world_{{.shards = 2}};
  std::shared_ptr<Journal> journal_ = std::make_shared<Journal>();
  std::shared_ptr<Journal> sent_ = std::make_shared<Journal>();
  Ref<Inbox> inbox_ = world_.spawn_with<Inbox>(
      {.mailbox = {.capacity = 2}, .placement = Placement::shard(0)}, journal_);
  Sys sys_{world_.runtime(), inbox_.pid()};
};
INSTANTIATE_TEST_SUITE_P(Shards, RoomTest, testing::Values(0, 1), [](const auto& info) {
  return info.param == 0 ? "same_shard" : "other_shard";
});

// catalogue 123
TEST_P(RoomTest, IsWaitedForInOrder) {
  pause();
  for (int i = 0; i < 6; ++i) produce_from_new(i);
  EXPECT_EQ(sent_->entries(), (Entries{"sent 0", "sent 1"}));
  EXPECT_EQ(inbox_.cast(Inbox::Item{9}).error(), Errc::overloaded);
  go_on();
  EXPECT_EQ(sent_->entries().size(), 6U);
  EXPECT_EQ(journal_->entries(), (Entries{"0", "1", "2", "3", "4", "5"}));
  EXPECT_EQ(world_.runtime().stats(inbox_.pid())->mailbox_high_water, 2U);
}

// catalogue 123
TEST_P(RoomTest, IsWaitedForNoLongerThanTheTimeout) {
  pause();
  for (int i = 0; i < 3; ++i) produce_from_new(i, 100ms);
  world_.advance(100ms);
  EXPECT_EQ(sent_->entries(), (Entries{"sent 0", "sent 1", "timeout 2"}));
  go_on();
  EXPECT_EQ(journal_->entries(), (Entries{"0", "1"})) << "what timed out was not sent";
  produce_from_new(3);
  EXPECT_EQ(sent_->entries().back(), "sent 3") << "and its place is not lost";
}

TEST_P(RoomTest, GoesToTheNextWhenTheOneWhoGotItHasEnded) {
  pause();
  produce_from_new(0);
  produce_from_new(1);
  const auto killed = produce_from_new(2);
  produce_from_new(3);
  // The kill and the offer meet: whichever is first, the place must not be lost.
  world_.runtime().kill(killed.pid());
  go_on();
  EXPECT_EQ(journal_->count("3"), 1U);
  EXPECT_EQ(world_.runtime().stats(inbox_.pid())->mailbox_depth, 0U) << "nothing stays reserved";
}

TEST_P(RoomTest, EndsForTheSenderWhenItIsToldToStop) {
  pause();
  produce_from_new(0);
  produce_from_new(1);
  const auto stopped = produce_from_new(2);
  EXPECT_EQ(world_.stop(stopped.pid()), ExitReason::shutdown());
  EXPECT_EQ(sent_->entries().back(), "cancelled 2");
}

TEST_P(RoomTest, EndsWithTheReceiver) {
  pause();
  for (int i = 0; i < 3; ++i) produce_from_new(i);
  world_.kill(inbox_.pid());
  EXPECT_EQ(sent_->entries().back(), "down 2");
  produce_from_new(4);
  EXPECT_EQ(sent_->entries().back(), "noproc 4");
}

Task<void> fill_oneself(Probe* self, std::shared_ptr<Journal> journal) {
  const Probe::Do nothing{[](Probe&) {}};
  while (self->self().cast(nothing)) {
  }
  const Sent sent = co_await self->self().cast_when_room(nothing, 1s);
  journal->add(std::string(to_string(sent.error())));
}

TEST_P(RoomTest, InOnesOwnMailboxIsNotWaitedFor) {
  const auto self = world_.spawn_with<Probe>(
      {.mailbox = {.capacity = 2}, .placement = Placement::shard(GetParam())});
  start_in(world_, self, [this](Probe* probe) { return fill_oneself(probe, sent_); });
  EXPECT_EQ(sent_->entries(), Entries{"calling_self"});
}

}  // namespace
}  // namespace coppice::actors
