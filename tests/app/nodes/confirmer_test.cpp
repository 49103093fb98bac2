#include "app/nodes/confirmer.hpp"

#include "app/nodes/sent_arrival.hpp"
#include "db/codec.hpp"
#include "db/database_world.hpp"

namespace coppice::app::nodes {
namespace {

using actors::Errc;
using actors::Result;
using db::must;
using db::Position;
using db::Role;
using std::chrono::milliseconds;

class ConfirmerTest : public db::DatabaseWorldTest {
 protected:
  ConfirmerTest() {
    replicator_.emplace(must(db::Connection::open({.path = path(), .create = true})));
    must(db::shared_migrations(db::migration_files_with_notes())
             ->apply_pending(*replicator_, db::NewerSchema::refused));
    auto wanted = options();
    wanted.replication = std::make_shared<db::Replication>(
        db::Standing{Role::replica, "a:4001", ""}, [] { return Result<std::uint64_t>(0); });
    start(wanted);
    const auto place = world_.runtime().root()->child("confirmer", actors::Place::Kind::worker, "");
    Confirmer::Post post = [this](const std::string& node, const std::string& body, milliseconds,
                                  const std::stop_token&) { return take(node, body); };
    confirmer_ = world_.spawn_with<Confirmer>({.place = place}, *database_, std::move(post), slot_);
    world_.run();
  }

  Result<Link::Answer> take(const std::string& node, const std::string& body) {
    ++asked_;
    if (says_) return *says_;
    const auto arrival = must(db::from_bytes<SentArrival>(body));
    told_.push_back(node + " " + db::to_string(arrival.position()));
    return Link::Answer{200, ""};
  }

  /// What the primary has written arrives here.
  Position arrive() {
    const auto position = must(db::advance_position(*replicator_));
    return position;
  }

  void look() {
    poke(*slot_);
    world_.run();
  }

  [[nodiscard]] Position position() { return must(db::read_position(*replicator_)); }

  std::optional<db::Connection> replicator_;
  std::shared_ptr<Confirmer::Slot> slot_ = std::make_shared<Confirmer::Slot>("the confirmer");
  std::optional<Result<Link::Answer>> says_;
  std::vector<std::string> told_;
  int asked_ = 0;
  actors::Ref<Confirmer> confirmer_;
};

TEST_F(ConfirmerTest, TellsThePrimaryAtOnceHowFarItHasCome) {
  EXPECT_EQ(told_, std::vector{"a:4001 " + db::to_string(position())});
}

TEST_F(ConfirmerTest, TellsWhatArrives) {
  told_.clear();
  const auto there = arrive();
  look();
  EXPECT_EQ(told_, std::vector{"a:4001 " + db::to_string(there)});
}

TEST_F(ConfirmerTest, SaysNothingTwice) {
  look();
  look();
  EXPECT_EQ(asked_, 1);
}

TEST_F(ConfirmerTest, TellsANewPrimaryWhatTheOldOneKnew) {
  database_->follow({.role = Role::replica, .primary = "b:4001"});
  look();
  ASSERT_EQ(told_.size(), 2U);
  EXPECT_EQ(told_[1], "b:4001 " + db::to_string(position()));
}

TEST_F(ConfirmerTest, TellsNobodyWhereThereIsNoPrimary) {
  database_->follow({.role = Role::orphan});
  arrive();
  look();
  EXPECT_EQ(asked_, 1);
}

TEST_F(ConfirmerTest, TriesAgainWhatWasLost) {
  says_ = actors::fail(Errc::unavailable, "nobody there");
  const auto there = arrive();
  look();
  EXPECT_EQ(asked_, 2);
  says_.reset();
  told_.clear();
  world_.advance(milliseconds(100));
  EXPECT_EQ(told_, std::vector{"a:4001 " + db::to_string(there)});
}

TEST_F(ConfirmerTest, DoesNotTryWithoutEnd) {
  says_ = Link::Answer{404, ""};
  arrive();
  look();
  world_.advance(std::chrono::seconds(10));
  EXPECT_LE(asked_, 14);
}

}  // namespace
}  // namespace coppice::app::nodes
