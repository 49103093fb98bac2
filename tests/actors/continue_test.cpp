#include <string>

#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"

namespace coppice::actors {
namespace {

using testkit::Journal;
using testkit::World;
using Entries = std::vector<std::string>;

/// Continues after each kind of handler.
class Stepper final : public Server<Stepper> {
 public:
  struct Step {
    std::string text;
    int more = 0;        ///< continues so many times
    bool stops = false;  ///< in the last one
  };
  struct Ask {
    using Reply = int;
  };
  struct Mail {};

  explicit Stepper(std::shared_ptr<Journal> journal, bool from_init = false)
      : journal_(std::move(journal)), from_init_(from_init) {}

  void init() {
    if (from_init_) continue_with(Step{"init"});
  }
  void terminate(const ExitReason& reason) { journal_->add("end " + reason.to_string()); }

  void handle(const Step& message) {
    journal_->add(message.text + " " + std::to_string(message.more));
    if (message.more > 0) {
      continue_with(Step{message.text, message.more - 1, message.stops});
    } else if (message.stops) {
      stop();
    }
  }
  int handle(Ask /*message*/) {
    continue_with(Step{"call"});
    return 1;
  }
  void handle(Mail /*message*/) { journal_->add("mail"); }
  void handle(const Info& /*info*/) { continue_with(Step{"info"}); }

 private:
  std::shared_ptr<Journal> journal_;
  bool from_init_;
};

class ContinueTest : public testing::Test {
 protected:
  /// Queues a mail behind whatever waits already, and runs.
  Entries finish(const Ref<Stepper>& stepper) {
    EXPECT_TRUE(stepper.cast(Stepper::Mail{}));
    world_.run();
    return journal_->take();
  }

  std::shared_ptr<Journal> journal_ = std::make_shared<Journal>();
  World world_;
};

// catalogue 97
TEST_F(ContinueTest, ComesBeforeTheMailThatWaitedDuringInit) {
  world_.runtime().start_async(make_factory<Stepper>(journal_, true), {.name = "stepper"}, {});
  world_.runtime().shard(0).run_as_current([] { Shard::current()->take_in(); });
  const Name<Stepper> name(world_.runtime(), "stepper");
  ASSERT_TRUE(name.cast(Stepper::Mail{}));
  world_.run();
  EXPECT_EQ(journal_->entries(), (Entries{"init 0", "mail"}));
}

// catalogue 97
TEST_F(ContinueTest, ComesBeforeTheMailAndMayBeChained) {
  const auto stepper = world_.spawn<Stepper>(journal_);
  ASSERT_TRUE(stepper.cast(Stepper::Step{"cast", 2}));
  EXPECT_EQ(finish(stepper), (Entries{"cast 2", "cast 1", "cast 0", "mail"}));
}

// catalogue 97
TEST_F(ContinueTest, MayFollowACallWhoseAnswerDoesNotWaitForIt) {
  const auto stepper = world_.spawn<Stepper>(journal_);
  EXPECT_EQ(world_.call(stepper, Stepper::Ask{}), 1);
  EXPECT_EQ(finish(stepper), (Entries{"call 0", "mail"}));
}

// catalogue 97
TEST_F(ContinueTest, MayFollowAnInfo) {
  const auto stepper = world_.spawn<Stepper>(journal_);
  ASSERT_TRUE(send_info(world_.runtime(), stepper.pid(), 1));
  EXPECT_EQ(finish(stepper), (Entries{"info 0", "mail"}));
}

// catalogue 97
TEST_F(ContinueTest, MayStopTheActorBeforeItsMail) {
  const auto stepper = world_.spawn<Stepper>(journal_);
  ASSERT_TRUE(stepper.cast(Stepper::Step{"cast", 1, true}));
  EXPECT_EQ(finish(stepper), (Entries{"cast 1", "cast 0", "end normal"}));
  EXPECT_FALSE(world_.alive(stepper.pid()));
}

}  // namespace
}  // namespace coppice::actors
