#include "app/litefs/role_keeper.hpp"

#include <fstream>
#include <functional>
#include <string>

#include "db/database_world.hpp"

namespace coppice::app::litefs {
namespace {

using actors::Errc;
using db::Role;
using db::Standing;
using db::litefs::PrimaryReport;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// A keeper whose LiteFS says what the test has it say.
class RoleKeeperTest : public db::DatabaseWorldTest {
 protected:
  RoleKeeperTest() {
    auto wanted = options();
    auto recorded = [count = std::uint64_t{0}]() mutable -> actors::Result<std::uint64_t> {
      return ++count;
    };
    wanted.replication =
        std::make_shared<db::Replication>(Standing{Role::down, "", "not asked"}, recorded);
    start(wanted);
    auto senses = std::make_shared<Senses>();
    senses->look = [this] { return look_(); };
    keeper_ = world_.spawn<RoleKeeper>(*database_, std::move(senses),
                                       std::function<void()>([this] { ++arrivals_; }),
                                       std::make_shared<RoleKeeper::Slot>("the keeper"));
  }

  void say(PrimaryReport report) {
    sight_.info = db::litefs::Info{.primary = report};
    hear(std::move(report));
  }
  void hear(PrimaryReport report) {
    world_.cast(keeper_, RoleKeeper::Heard{std::move(report)}).ignore();
    world_.run();
  }

  /// From the next look on the lag is what is read from the mount: the folder of the database.
  void look_at_the_mount() {
    const Settings settings{.url = "http://127.0.0.1:1", .mount = directory_ / ""};
    look_ = [this, look = senses_of(settings, path()).look] {
      auto sight = sight_;
      sight.lag = look().lag;
      return sight;
    };
  }
  void write_lag(const std::string& text) { std::ofstream(directory_ / ".lag") << text; }

  /// Whether the gate closes as soon as it may once reads overlap.
  [[nodiscard]] bool is_in_haste() {
    auto& gate = database_->readers().gate();
    world_.advance(2 * db::ReadGate::kHold);  // nobody reads, so it opens anew
    EXPECT_EQ(gate.try_enter(world_.now()), actors::Duration::zero());
    world_.advance(db::ReadGate::kOpenInHaste);
    const bool is_open = gate.try_enter(world_.now()) == actors::Duration::zero();
    for (int i = 0; i <= static_cast<int>(is_open); ++i) gate.leave(world_.now());
    return !is_open;
  }

  [[nodiscard]] Standing standing() const { return database_->replication().standing(); }

  Sight sight_{.info = db::litefs::Info{.primary = {.is_primary = true}},
               .position = db::litefs::Transaction{1, 0}};
  std::function<Sight()> look_ = [this] { return sight_; };
  actors::Ref<RoleKeeper> keeper_;
  int arrivals_ = 0;
};

TEST_F(RoleKeeperTest, KnowsTheRoleOnceItHasStarted) { EXPECT_EQ(standing().role, Role::primary); }

TEST_F(RoleKeeperTest, TellsOfTransactionsOfItsOwnDatabase) {
  const int before = arrivals_;
  const auto arrives = [this](const std::string& database, std::uint64_t number) {
    const db::litefs::TransactionEvent event{.database = database, .number = number};
    world_.cast(keeper_, RoleKeeper::Heard{event}).ignore();
    world_.run();
  };
  arrives("another.db", 7);
  EXPECT_EQ(arrivals_, before);
  arrives(database_->path().filename(), 8);
  EXPECT_EQ(arrivals_, before + 1);
  EXPECT_EQ(database_->replication().transaction(), 8U);
}

TEST_F(RoleKeeperTest, LosesTheRightToWriteAtOnce) {
  say({.is_primary = false, .hostname = "b"});
  EXPECT_EQ(standing(), (Standing{Role::replica, "b", ""}));
}

TEST_F(RoleKeeperTest, HoldsBackWhatHasNotSettled) {
  say({.is_primary = false, .hostname = "b"});
  say({});
  EXPECT_EQ(standing().role, Role::replica);
  say({.is_primary = false, .hostname = "b"});
  world_.advance(milliseconds(200));
  EXPECT_EQ(standing(), (Standing{Role::replica, "b", ""}));
}

TEST_F(RoleKeeperTest, TakesOverWhatHasSettled) {
  say({.is_primary = false, .hostname = "b"});
  say({});
  world_.advance(milliseconds(200));
  EXPECT_EQ(standing().role, Role::orphan);
}

TEST_F(RoleKeeperTest, IsDownWhenTheStreamIsLost) {
  world_.cast(keeper_, RoleKeeper::StreamLost{"it has ended"}).ignore();
  world_.run();
  EXPECT_EQ(standing(), (Standing{Role::down, "", "it has ended"}));
}

TEST_F(RoleKeeperTest, IsDownWhenLiteFsDoesNotAnswerTwice) {
  say({.is_primary = true});
  sight_.info = actors::fail(Errc::unavailable, "nobody answers");
  world_.advance(seconds(1));
  EXPECT_EQ(standing().role, Role::primary);
  world_.advance(seconds(1));
  EXPECT_EQ(standing(), (Standing{Role::down, "", "nobody answers"}));
}

TEST_F(RoleKeeperTest, IsDownWhenTheMountFailsThoughLiteFsAnswers) {
  say({.is_primary = true});
  sight_.position = actors::fail(Errc::unavailable, "not connected");
  world_.advance(seconds(1));
  EXPECT_EQ(standing(), (Standing{Role::down, "", "not connected"}));
}

TEST_F(RoleKeeperTest, ComesBackWithTheMount) {
  say({.is_primary = true});
  sight_.position = actors::fail(Errc::unavailable, "not connected");
  world_.advance(seconds(1));
  sight_.position = db::litefs::Transaction{2, 0};
  world_.advance(seconds(1));
  EXPECT_EQ(standing().role, Role::primary);
}

TEST_F(RoleKeeperTest, TellsHowFarBehindTheNodeIsAndWhenItHasHeardSomething) {
  EXPECT_EQ(database_->replication().heard_at(), std::nullopt);
  say({.is_primary = false, .hostname = "b"});
  EXPECT_EQ(database_->replication().heard_at(), world_.now());
  EXPECT_EQ(database_->replication().lag(), std::nullopt);
  look_at_the_mount();
  world_.advance(seconds(1));
  EXPECT_EQ(database_->replication().lag(), std::nullopt) << "there is no file";
  write_lag("+000000700\n");
  world_.advance(seconds(1));
  EXPECT_EQ(database_->replication().lag(), milliseconds(700));
  write_lag("soon\n");
  world_.advance(seconds(1));
  EXPECT_EQ(database_->replication().lag(), std::nullopt);
}

TEST_F(RoleKeeperTest, HastensTheReadsOfACopyThatIsBehind) {
  world_.run();
  ASSERT_TRUE(database_->readiness().ready());
  look_at_the_mount();
  write_lag("+000000900\n");  // as of one that is well
  say({.is_primary = false, .hostname = "b"});
  world_.advance(seconds(3));
  EXPECT_FALSE(is_in_haste());
  write_lag("+000001300\n");
  world_.advance(seconds(1));
  EXPECT_TRUE(is_in_haste());
  write_lag("+000000100\n");
  world_.advance(seconds(2));
  EXPECT_FALSE(is_in_haste());
}

TEST_F(RoleKeeperTest, HastensTheReadsOfANodeWhoseRoleHasMoved) {
  say({.is_primary = false, .hostname = "b"});
  EXPECT_TRUE(is_in_haste());
}

TEST_F(RoleKeeperTest, KnowsHowFarAReplicasCopyHasCome) {
  world_.run();
  ASSERT_TRUE(database_->readiness().ready());
  say({.is_primary = false, .hostname = "b"});
  auto replicator = db::must(db::Connection::open({.path = path()}));
  db::must(db::advance_position(replicator));
  world_.advance(seconds(2));
  EXPECT_EQ(database_->position(), db::must(db::read_position(replicator)));
}

TEST_F(RoleKeeperTest, SaysHowMuchIsLost) {
  world_.run();
  ASSERT_TRUE(database_->readiness().ready());
  say({.is_primary = false, .hostname = "b"});
  auto replicator = db::must(db::Connection::open({.path = path()}));
  db::must(replicator.execute("UPDATE coppice_position SET sequence = sequence - 1"));
  db::must(db::begin_epoch(replicator));
  world_.advance(seconds(2));
  std::string described;
  (void)world_.runtime().inspect(keeper_.pid(),
                                 [&](actors::Cell& cell) { described = cell.actor().describe(); });
  EXPECT_TRUE(db::has(described, "1 commits at least that this node had are lost")) << described;
}

TEST_F(RoleKeeperTest, BelievesTheAnswerWhenTheStreamGoesOnSayingOtherwise) {
  say({.is_primary = true});
  sight_.info = db::litefs::Info{.primary = {.is_primary = false, .hostname = "b"}};
  world_.advance(seconds(1));
  EXPECT_EQ(standing().role, Role::primary);
  world_.advance(seconds(2));
  EXPECT_EQ(standing().role, Role::replica);
}

}  // namespace
}  // namespace coppice::app::litefs
