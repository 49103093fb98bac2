#include "app/changes/follower.hpp"

#include <gtest/gtest.h>

#include "actors/pubsub/probe.hpp"
#include "app/changes/follow.hpp"
#include "app/changes/followed_database.hpp"
#include "app/rooms/content_channel.hpp"

namespace coppice::app::changes {
namespace {

using actors::pubsub::BroadcastPtr;
using actors::pubsub::Probe;
using Strings = std::vector<std::string>;

/// A follower, and somebody who follows the tags.
class FollowerTest : public FollowedDatabaseTest {
 protected:
  FollowerTest() {
    listener_ = world_.spawn<Probe>();
    listen(topic_of("tags"), [this](const BroadcastPtr& broadcast) { take(*broadcast); });
    listen(std::string(Follower::kReloadTopic), [this](const BroadcastPtr& broadcast) {
      const auto* reload = dynamic_cast<const rooms::TopicBroadcast*>(broadcast.get());
      if (reload != nullptr) ++reloads_;
      const auto* hidden = dynamic_cast<const rooms::HiddenBroadcast*>(broadcast.get());
      if (hidden != nullptr) ++hidden_reloads_;
    });
  }

  void listen(const std::string& topic, std::function<void(const BroadcastPtr&)> receive) {
    const auto done = world_.call(
        listener_, Probe::Run{[=, this](Probe& probe) { probe.listen(hub_, topic, receive); }});
    if (!done) throw std::runtime_error(done.error().message());
  }

  void take(const actors::pubsub::Broadcast& broadcast) {
    const auto& batch = dynamic_cast<const Batch&>(broadcast);
    ++batches_;
    if (!follow_) follow_.emplace(Bookmark{batch.from});
    if (follow_->fit(batch) == Follow::Fit::reset) ++resets_;
    gaps_ += follow_->fit(batch) == Follow::Fit::gap ? 1 : 0;
    for (const auto& change : batch.changes) {
      if (!follow_->take(*change)) continue;
      const View view{.table = content::content_catalogue()->find("tags"), .sees_hidden = true};
      taken_.push_back(change->event_for(view)->payload().bytes.substr(0, 22));
    }
    follow_->go_on_from({batch.through});
  }

  [[nodiscard]] std::uint64_t reads_so_far() const {
    std::uint64_t sum = 0;
    database_->readers().each_reader([&sum](const db::ReaderSlot& slot) {
      for (const auto count : slot.activity.seconds.read().counts) sum += count;
    });
    return sum;
  }

  actors::Ref<Probe> listener_;
  std::optional<Follow> follow_;
  Strings taken_;
  int batches_ = 0;
  int gaps_ = 0;
  int resets_ = 0;
  int reloads_ = 0;
  int hidden_reloads_ = 0;
};

const Strings kTwo = {R"({"op":"insert","id":1,)", R"({"op":"insert","id":2,)"};

TEST_F(FollowerTest, TellsWhatIsCommittedFromItsStartOn) {
  start_follower();
  add_tag("oak");
  add_tag("elm");
  look();
  EXPECT_EQ(taken_, kTwo);
  EXPECT_EQ(hidden_reloads_, 2) << "nothing public carries them";
  EXPECT_EQ(gaps_, 0);
  look();
  EXPECT_EQ(batches_, 2) << "nothing is told twice";
}

TEST_F(FollowerTest, TellsThoseWhoMayNotSeeADraftNothingOfIt) {
  start_follower();
  const auto run = [this](const std::string& sql) {
    db::must(execute(db::RunSql{sql}));
    look();
  };
  run("INSERT INTO posts (title, body, raw_body, slug, reading_time_minutes, headings, is_draft, "
      "inserted_at, updated_at) VALUES ('t', 'b', 'r', 's', 1, '[]', 1, 'now', 'now')");
  run("UPDATE posts SET title = 'new'");
  EXPECT_EQ(reloads_, 0);
  EXPECT_EQ(hidden_reloads_, 2);
  run("UPDATE posts SET is_draft = 0");
  run("UPDATE posts SET is_draft = 1");
  EXPECT_EQ(reloads_, 2) << "it came, and went";
  run("DELETE FROM posts");
  EXPECT_EQ(reloads_, 2);
  EXPECT_EQ(hidden_reloads_, 3);
}

TEST_F(FollowerTest, LooksByItself) {
  start_follower();
  add_tag("oak");
  add_tag("elm");
  world_.advance(std::chrono::seconds(3));
  EXPECT_EQ(taken_, kTwo);
}

TEST_F(FollowerTest, IsToldOnceUntilItLooks) {
  start_follower();
  add_tag("oak");
  for (int i = 0; i < 3; ++i) poke(*slot_);
  EXPECT_EQ(world_.runtime().stats(place_of_follower_->pid())->mailbox_depth, 1U);
  world_.run();
  add_tag("elm");
  look();
  EXPECT_EQ(taken_, kTwo);
}

TEST_F(FollowerTest, OneThatCrashedBeforeItLookedDoesNotStayTold) {
  start_follower();
  poke(*slot_);
  crash_follower();
  add_tag("oak");
  poke(*slot_);  // nobody there
  start_follower();
  add_tag("elm");
  look();
  EXPECT_EQ(taken_, kTwo);
}

TEST_F(FollowerTest, ANextIncarnationGoesOnWhereTheLastOneWas) {
  start_follower();
  add_tag("oak");
  look();
  crash_follower();
  add_tag("elm");
  start_follower();
  EXPECT_EQ(taken_, kTwo);
  EXPECT_EQ(gaps_, 0);
}

TEST_F(FollowerTest, WhatACrashLeftUnsaidIsToldAndWhatWasSaidIsDropped) {
  start_follower();
  const auto before = *progress_->seen;
  add_tag("oak");
  add_tag("elm");
  look();
  crash_follower();
  progress_->seen = before;  // as after a crash between a batch and its note
  start_follower();
  EXPECT_EQ(taken_, kTwo);
  EXPECT_EQ(batches_, 3);
  EXPECT_EQ(gaps_, 0);
}

TEST_F(FollowerTest, WhoWasThereBeforeItSeesTheGap) {
  follow_.emplace(Bookmark{db::must(read(db::read_position))});
  add_tag("oak");
  start_follower();
  EXPECT_EQ(gaps_, 1);
}

TEST_F(FollowerTest, AForkOfTheHistoryIsAReset) {
  start_follower();
  db::must(execute(db::RunSql{"UPDATE coppice_position SET epoch = epoch + 1"}));
  look();
  EXPECT_EQ(resets_, 1);
  add_tag("oak");
  add_tag("elm");
  look();
  EXPECT_EQ(taken_, kTwo);
}

TEST_F(FollowerTest, LooksByItselfSoonAfterItWasToldAndThenEverMoreSeldom) {
  start_follower();
  look();
  add_tag("oak");
  world_.advance(std::chrono::seconds(3));
  EXPECT_EQ(taken_.size(), 1U);
  world_.advance(std::chrono::minutes(5));
  const auto before = reads_so_far();
  world_.advance(std::chrono::minutes(10));
  EXPECT_LE(reads_so_far() - before, 11U);
  add_tag("elm");
  world_.advance(std::chrono::minutes(1));
  EXPECT_EQ(taken_, kTwo);
}

TEST_F(FollowerTest, ADatabaseThatFailsIsAskedAgain) {
  start_follower();
  db::must(execute(db::RunSql{"ALTER TABLE changes RENAME TO away"}));
  look();
  EXPECT_EQ(taken_, Strings());
  db::must(execute(db::RunSql{"ALTER TABLE away RENAME TO changes"}));
  add_tag("oak");
  add_tag("elm");
  world_.advance(std::chrono::seconds(3));
  EXPECT_EQ(taken_, kTwo);
}

}  // namespace
}  // namespace coppice::app::changes
