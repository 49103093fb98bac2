#include <string>

#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"

namespace coppice::actors {
namespace {

using namespace std::chrono_literals;
using testkit::Journal;
using testkit::World;
using Entries = std::vector<std::string>;

class Alarm final : public Server<Alarm> {
 public:
  struct Ring {
    std::string text;
  };
  struct Set {
    std::string name;
    Duration delay;
    std::string text;
  };
  struct Every {
    Duration period;
  };
  struct Cancel {
    using Reply = bool;
    std::string name;
  };
  /// Cancels while the timer's message already waits in the mailbox.
  struct BusyThenCancel {
    Duration busy;
    std::string name;
  };
  struct Busy {
    Duration time;
  };

  explicit Alarm(std::shared_ptr<Journal> journal) : journal_(std::move(journal)) {}

  void handle(const Ring& message) { journal_->add(message.text); }
  void handle(const Set& message) { set_timer(message.name, message.delay, Ring{message.text}); }
  void handle(Every message) { send_every(message.period, Ring{"tick"}, "every"); }
  bool handle(const Cancel& message) { return cancel_timer(message.name); }
  Task<void> handle(BusyThenCancel message) {
    std::ignore = co_await sleep_for(message.busy);
    journal_->add(cancel_timer(message.name) ? "cancelled" : "too late");
  }
  Task<void> handle(Busy message) { std::ignore = co_await sleep_for(message.time); }

 private:
  std::shared_ptr<Journal> journal_;
};

class TimersTest : public testing::Test {
 protected:
  template <class M>
  void tell(M message) {
    ASSERT_TRUE(alarm_.cast(std::move(message)));
    world_.run();
  }

  World world_;
  std::shared_ptr<Journal> journal_ = std::make_shared<Journal>();
  Ref<Alarm> alarm_ = world_.spawn<Alarm>(journal_);
};

TEST_F(TimersTest, SendTheirMessageOnce) {
  tell(Alarm::Set{"a", 100ms, "ring"});
  world_.advance(99ms);
  EXPECT_TRUE(journal_->entries().empty());
  world_.advance(1s);
  EXPECT_EQ(journal_->entries(), Entries{"ring"});
}

TEST_F(TimersTest, OfTheSameNameReplaceEachOther) {
  tell(Alarm::Set{"a", 100ms, "first"});
  tell(Alarm::Set{"a", 200ms, "second"});
  world_.advance(1s);
  EXPECT_EQ(journal_->entries(), Entries{"second"});
}

TEST_F(TimersTest, AreNotDeliveredAfterTheyWereCancelled) {
  tell(Alarm::Set{"a", 100ms, "ring"});
  EXPECT_EQ(world_.call(alarm_, Alarm::Cancel{"a"}), true);
  EXPECT_EQ(world_.call(alarm_, Alarm::Cancel{"a"}), false) << "it is gone";
  world_.advance(1s);
  EXPECT_TRUE(journal_->entries().empty());
}

TEST_F(TimersTest, AreNotDeliveredAfterTheyWereCancelledEvenIfTheMessageWaited) {
  tell(Alarm::Set{"a", 100ms, "ring"});
  tell(Alarm::BusyThenCancel{200ms, "a"});
  world_.advance(1s);
  EXPECT_EQ(journal_->entries(), Entries{"cancelled"});
}

TEST_F(TimersTest, ComeBeforeTheMailThatWaits) {
  tell(Alarm::Set{"a", 100ms, "ring"});
  tell(Alarm::Busy{200ms});
  tell(Alarm::Ring{"mail"});
  world_.advance(1s);
  EXPECT_EQ(journal_->entries(), (Entries{"ring", "mail"}));
}

TEST_F(TimersTest, RepeatAtTheirPeriodWithoutDrift) {
  tell(Alarm::Every{100ms});
  world_.advance(350ms);
  EXPECT_EQ(journal_->count("tick"), 3U);
  world_.advance(650ms);
  EXPECT_EQ(journal_->count("tick"), 10U);
}

TEST_F(TimersTest, DoNotPileUpWhileTheActorIsBusy) {
  tell(Alarm::Every{100ms});
  tell(Alarm::Busy{1050ms});
  world_.advance(1050ms);
  EXPECT_EQ(journal_->count("tick"), 1U);
}

TEST_F(TimersTest, DieWithTheirActor) {
  tell(Alarm::Every{100ms});
  world_.kill(alarm_.pid());
  world_.advance(1s);
  EXPECT_TRUE(journal_->entries().empty());
}

}  // namespace
}  // namespace coppice::actors
