// How the database's parts follow the role of a node.
#include "db/replication.hpp"

#include <chrono>
#include <latch>
#include <limits>
#include <numeric>
#include <thread>
#include <utility>

#include "db/database_world.hpp"

namespace coppice::db {
namespace {

using actors::Errc;
using std::chrono::seconds;

const Standing kPrimary{.role = Role::primary};
const Standing kOrphan{.role = Role::orphan};
const Standing kReplica{.role = Role::replica, .primary = "node-a"};
const Standing kDown{.role = Role::down, .why = "the mount is dead"};

class ReplicatedTest : public DatabaseWorldTest {
 protected:
  /// Each commit is recorded, as long as `records_` says so.
  void start_as(const Standing& standing) {
    auto wanted = options();
    auto recorded = [this]() -> actors::Result<std::uint64_t> {
      if (recorded_ >= vanishes_after_) return actors::fail(Errc::unavailable, "LiteFS has ended");
      if (records_) ++recorded_;
      return recorded_;
    };
    wanted.replication = std::make_shared<Replication>(standing, recorded);
    wanted.forward = forward_;
    wanted.durability = durability_;
    start(wanted);
  }

  /// Commands go to a primary that answers so, one answer after the other.
  void let_the_primary_answer(std::vector<Forwarded> answers) {
    forward_ = [this, answers = std::move(answers)](Command command, actors::Duration) {
      keys_.push_back(command.idempotency_key);
      return forwarded(answers.at(keys_.size() - 1));
    };
  }
  static actors::Task<Forwarded> forwarded(Forwarded answer) { co_return answer; }

  void become(const Standing& standing) {
    database_->follow(standing);
    world_.run();
  }

  /// What another node has made, and replication brought here.
  void replicate_a_database() {
    auto made = must(Connection::open({.path = path(), .create = true}));
    must(
        shared_migrations(migration_files_with_notes())->apply_pending(made, NewerSchema::refused));
    must(made.execute("INSERT INTO notes (text) VALUES ('theirs')"));
  }

  /// What the client has come to after that time; "none" while it waits.
  [[nodiscard]] std::string after_waiting_for(Position position, actors::Duration time) {
    outcomes_->erase("waits");
    world_.cast(client_, Client::WaitFor{"waits", position}).ignore();
    world_.advance(time);
    return outcome("waits");
  }

  [[nodiscard]] Position position() {
    return must(read([](Connection& db) { return read_position(db); }));
  }

  [[nodiscard]] std::uint64_t reads_so_far() const {
    std::uint64_t sum = 0;
    database_->readers().each_reader([&sum](const ReaderSlot& slot) {
      const auto counts = slot.activity.seconds.read().counts;
      sum = std::accumulate(counts.begin(), counts.end(), sum);
    });
    return sum;
  }

  Forward forward_;
  Durability durability_ = Durability::local;
  std::vector<std::string> keys_;  // Of the commands that were sent to the primary.
  bool records_ = true;
  std::uint64_t vanishes_after_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t recorded_ = 0;
};

TEST_F(ReplicatedTest, APrimaryWrites) {
  start_as(kPrimary);
  must(execute(AddNote{"a"}));
  EXPECT_EQ(notes(), "a");
}

TEST_F(ReplicatedTest, AReplicaReadsAndRefusesToWrite) {
  replicate_a_database();
  start_as(kReplica);
  EXPECT_TRUE(database_->readiness().ready());
  EXPECT_EQ(notes(), "theirs");
  const auto refused = execute(AddNote{"a"});
  EXPECT_EQ(refused.error(), Errc::read_only);
  EXPECT_EQ(refused.error().context, "this node is a replica; node-a takes writes");
}

TEST_F(ReplicatedTest, AReplicasWriteIsRunByThePrimary) {
  replicate_a_database();
  let_the_primary_answer({{CommandReply{to_bytes(std::int64_t{7}), {0, 0}}}});
  start_as(kReplica);
  EXPECT_EQ(must(execute(AddNote{"a"})).value, 7);
  EXPECT_TRUE(database_->check_writes());
}

TEST_F(ReplicatedTest, AWriteThatNobodyHasRunIsSentAgainWithItsKey) {
  replicate_a_database();
  const Forwarded lost{actors::fail(Errc::timeout, "the answer was lost"), true};
  let_the_primary_answer({lost, lost, {CommandReply{to_bytes(std::int64_t{7}), {0, 0}}}});
  start_as(kReplica);
  EXPECT_EQ(must(execute(AddNote{"a"})).value, 7);
  ASSERT_EQ(keys_.size(), 3U);
  EXPECT_TRUE(keys_[0].starts_with("node:")) << keys_[0];
  EXPECT_EQ(keys_[0], keys_[1]);
  EXPECT_EQ(keys_[0], keys_[2]);
}

TEST_F(ReplicatedTest, AWriteKeepsTheKeyThatItCameWith) {
  replicate_a_database();
  let_the_primary_answer({{CommandReply{to_bytes(std::int64_t{7}), {0, 0}}}});
  start_as(kReplica);
  must(database_->execute_blocking(world_.runtime(), AddNote{"a"}, seconds(5),
                                   WriteOptions("mine")));
  EXPECT_EQ(keys_, std::vector<std::string>{"mine"});
}

TEST_F(ReplicatedTest, AnErrorOfThePrimarysIsNotSentAgain) {
  replicate_a_database();
  let_the_primary_answer({{actors::fail(Errc::conflict, "taken"), false}});
  start_as(kReplica);
  EXPECT_EQ(execute(AddNote{"a"}).error(), actors::Error(Errc::conflict, "taken"));
  EXPECT_EQ(keys_.size(), 1U);
}

TEST_F(ReplicatedTest, AWriteIsAnsweredWhenItsChangesHaveArrived) {
  replicate_a_database();
  auto replicator = must(Connection::open({.path = path()}));
  auto there = must(read_position(replicator));
  ++there.sequence;
  let_the_primary_answer({{CommandReply{to_bytes(std::int64_t{7}), there}}});
  start_as(kReplica);
  send("a", AddNote{"a"});
  world_.advance(std::chrono::milliseconds(100));
  EXPECT_EQ(outcome("a"), "none");
  must(advance_position(replicator));
  world_.advance(std::chrono::milliseconds(100));
  EXPECT_EQ(outcome("a"), "ok");
}

TEST_F(ReplicatedTest, AWriteWhoseChangesDoNotArriveIsAnsweredAllTheSame) {
  replicate_a_database();
  let_the_primary_answer({{CommandReply{to_bytes(std::int64_t{7}), {9'999'999'999, 1}}}});
  start_as(kReplica);
  send("a", AddNote{"a"});
  world_.advance(seconds(2));
  EXPECT_EQ(outcome("a"), "ok");
}

// -- writes that have to be on two nodes ---------------------------------------------------------

class DurableTest : public ReplicatedTest {
 protected:
  DurableTest() { durability_ = Durability::remote; }
};

TEST_F(DurableTest, AWriteIsAnsweredWhenAnotherNodeHasIt) {
  start_as(kPrimary);
  send("a", AddNote{"a"});
  world_.advance(std::chrono::milliseconds(100));
  EXPECT_EQ(outcome("a"), "none");
  auto there = position();
  --there.sequence;
  database_->note_confirmed(there);
  world_.advance(std::chrono::milliseconds(100));
  EXPECT_EQ(outcome("a"), "none");
  database_->note_confirmed(position());
  world_.advance(std::chrono::milliseconds(100));
  EXPECT_EQ(outcome("a"), "ok");
  EXPECT_EQ(database_->confirmations().confirmed(), 1U);
}

TEST_F(DurableTest, AWriteThatNobodyElseHasInTimeIsNotAcknowledged) {
  start_as(kPrimary);
  send("a", AddNote{"a"}, seconds(2));
  world_.advance(std::chrono::milliseconds(1900));
  EXPECT_EQ(outcome("a"), "none");
  world_.advance(std::chrono::milliseconds(200));
  EXPECT_TRUE(has(outcome("a"), "the write was done, at position " + to_string(position())));
  EXPECT_EQ(database_->confirmations().unconfirmed(), 1U);
}

TEST_F(DurableTest, AWriteThatIsSentAgainIsAcknowledgedOnceAnotherNodeHasIt) {
  start_as(kPrimary);
  const auto again = [this] {
    return database_->execute_blocking(world_.runtime(), AddNote{"a"}, seconds(1),
                                       WriteOptions("k"));
  };
  EXPECT_EQ(again().error(), Errc::timeout);
  database_->note_confirmed(position());
  EXPECT_EQ(must(again()).position, position());
  EXPECT_EQ(notes(), "a");
}

TEST_F(DurableTest, AReplyThatIsFoundIsToldAgainOnceAnotherNodeHasIt) {
  start_as(kPrimary);
  EXPECT_FALSE(execute(AddNote{"a"}));
  const auto again = [this](Position written) {
    return run_task_blocking<CommandReply>(
        world_.runtime(), database_->acknowledge_again({"value", written}, seconds(1)), seconds(2));
  };
  EXPECT_EQ(again(position()).error(), Errc::timeout);
  database_->note_confirmed(position());
  EXPECT_EQ(must(again(position())).value, "value");
  EXPECT_EQ(must(again({1, 1})).position, position()) << "of an earlier reign";
}

TEST_F(DurableTest, ANodeThatIsThePrimaryNoMoreConfirmsNothingToItself) {
  start_as(kPrimary);
  send("a", AddNote{"a"});
  world_.advance(std::chrono::milliseconds(10));
  become(kReplica);
  world_.advance(std::chrono::milliseconds(100));
  EXPECT_TRUE(has(outcome("a"), "no other node is known to have it"));
}

TEST_F(DurableTest, AReplicasWriteIsOnTwoNodesWhenItHasArrived) {
  replicate_a_database();
  auto replicator = must(Connection::open({.path = path()}));
  auto there = must(read_position(replicator));
  ++there.sequence;
  let_the_primary_answer({{CommandReply{to_bytes(std::int64_t{7}), there}}});
  start_as(kReplica);
  send("a", AddNote{"a"});
  world_.advance(seconds(3));
  EXPECT_EQ(outcome("a"), "none");
  must(advance_position(replicator));
  world_.advance(std::chrono::milliseconds(100));
  EXPECT_EQ(outcome("a"), "ok");
}

TEST_F(DurableTest, AReplicasWriteThatDoesNotArriveIsNotAcknowledged) {
  replicate_a_database();
  let_the_primary_answer({{CommandReply{to_bytes(std::int64_t{7}), {9'999'999'999, 1}}}});
  start_as(kReplica);
  send("a", AddNote{"a"}, seconds(2));
  world_.advance(seconds(3));
  EXPECT_TRUE(has(outcome("a"), "no other node is known to have it"));
}

// -- positions that were written elsewhere -------------------------------------------------------

TEST_F(ReplicatedTest, WhoAsksForAPositionWaitsUntilItHasArrived) {
  replicate_a_database();
  start_as(kReplica);
  auto replicator = must(Connection::open({.path = path()}));
  auto there = must(read_position(replicator));
  EXPECT_EQ(after_waiting_for(there, std::chrono::milliseconds(0)), "here");
  ++there.sequence;
  EXPECT_EQ(after_waiting_for(there, std::chrono::milliseconds(100)), "none");
  must(advance_position(replicator));
  world_.advance(std::chrono::milliseconds(100));
  EXPECT_EQ(outcome("waits"), "arrived");
}

TEST_F(ReplicatedTest, WhoAsksForAPositionDoesNotWaitForLong) {
  replicate_a_database();
  start_as(kReplica);
  EXPECT_EQ(after_waiting_for({9'999'999'999, 1}, seconds(2)), "missing");
}

TEST_F(ReplicatedTest, ManyWhoAskForWhatWillNotComeLookSeldom) {
  replicate_a_database();
  start_as(kReplica);
  std::ignore = after_waiting_for({9'999'999'999, 1}, std::chrono::milliseconds(0));
  const auto before = reads_so_far();
  world_.advance(std::chrono::milliseconds(500));
  EXPECT_LE(reads_so_far() - before, 11U);
}

TEST_F(ReplicatedTest, AReplicasReadsWaitAtTheGateAndAPrimarysDoNot) {
  replicate_a_database();
  start_as(kReplica);
  auto& gate = database_->readers().gate();
  ASSERT_EQ(gate.try_enter(world_.now()), actors::Duration::zero());
  world_.advance(ReadGate::kOpen);
  const auto read_one = [](Connection& db) { return read_position(db); };
  const auto waited = read(read_one, std::chrono::milliseconds(20));
  ASSERT_FALSE(waited) << "another read is under way";
  EXPECT_EQ(waited.error(), Errc::timeout);
  EXPECT_EQ(gate.closures(), 1U);
  become(kPrimary);
  EXPECT_TRUE(read(read_one, std::chrono::milliseconds(20)));
  gate.leave(world_.now());
}

TEST_F(ReplicatedTest, ARoleThatNeedsNotPassTheGateAdmitsThoseWhoWaitThere) {
  replicate_a_database();
  start_as(kReplica);
  auto& gate = database_->readers().gate();
  ASSERT_EQ(gate.try_enter(world_.now()), actors::Duration::zero());
  world_.advance(ReadGate::kOpen);
  ASSERT_NE(gate.try_enter(world_.now()), actors::Duration::zero());
  gate.leave(world_.now() + std::chrono::hours(1));  // so it does not open by itself
  std::latch asked(1);
  std::jthread reader([&, is_asked = false]() mutable {
    const auto follows = [&] {
      if (!std::exchange(is_asked, true)) asked.count_down();
      return database_->replication().role() == Role::replica;
    };
    EXPECT_TRUE(gate.enter(world_.runtime().clock(), actors::Time::max(), follows));
  });
  asked.wait();
  database_->follow(kPrimary);
  reader.join();
}

TEST_F(ReplicatedTest, WhoWaitsForAPositionHasTheGateCloseSooner) {
  replicate_a_database();
  start_as(kReplica);
  auto& gate = database_->readers().gate();
  ASSERT_EQ(gate.try_enter(world_.now()), actors::Duration::zero());
  const auto in_haste = ReadGate::kOpenInHaste;
  EXPECT_EQ(after_waiting_for({9'999'999'999, 1}, in_haste), "none");
  EXPECT_NE(gate.try_enter(world_.now()), actors::Duration::zero());
  gate.leave(world_.now());
}

TEST_F(ReplicatedTest, NobodyWaitsBehindTooMany) {
  replicate_a_database();
  start_as(kReplica);
  for (std::uint32_t i = 0; i < Database::kMostAwaited; ++i) {
    world_.cast(client_, Client::WaitFor{"others", {9'999'999'999, 1}}).ignore();
  }
  world_.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(after_waiting_for({9'999'999'999, 1}, std::chrono::milliseconds(1)), "missing");
  EXPECT_EQ(outcome("others"), "none");
}

TEST_F(ReplicatedTest, SaysWhatHasBecomeOfAPositionWithoutWaiting) {
  replicate_a_database();
  start_as(kReplica);
  const auto here = position();
  const auto find = [this](Position position) {
    world_.cast(client_, Client::LookFor{"looks", position}).ignore();
    world_.run();
    return outcome("looks");
  };
  EXPECT_EQ(find(here), "here");
  EXPECT_EQ(find({here.epoch, here.sequence + 1}), "missing");
  EXPECT_EQ(find({here.epoch - 1, here.sequence}), "superseded");
}

TEST_F(ReplicatedTest, NobodyWaitsForAPositionThatAnotherReignMayHaveLost) {
  replicate_a_database();
  start_as(kReplica);
  auto there = position();
  --there.epoch;
  there.sequence += 100;
  EXPECT_EQ(after_waiting_for(there, std::chrono::milliseconds(0)), "superseded");
}

TEST_F(ReplicatedTest, NobodyWaitsWhereNothingCanArrive) {
  start_as(kPrimary);
  become(kDown);
  EXPECT_EQ(after_waiting_for({9'999'999'999, 1}, std::chrono::milliseconds(0)), "missing");
}

TEST_F(ReplicatedTest, KnowsThePositionOfTheLastWriteWhoeverHasDoneIt) {
  start_as(kPrimary);
  EXPECT_EQ(database_->written(), Position());
  const auto here = must(execute(AddNote{"a"})).position;
  EXPECT_EQ(database_->written(), here);
  EXPECT_EQ(database_->arrival_of(here), Arrival::here);
}

TEST_F(ReplicatedTest, ForgetsItsLastWriteWithTheReign) {
  start_as(kPrimary);
  must(execute(AddNote{"a"}));
  become(kReplica);
  EXPECT_EQ(database_->written(), Position());
}

TEST_F(ReplicatedTest, AFormerPrimaryNoticesWhatTheNextOneDoesNotHave) {
  start_as(kPrimary);
  must(execute(AddNote{"a"}));
  must(execute(AddNote{"lost"}));
  become(kReplica);
  auto replicator = must(Connection::open({.path = path()}));
  must(replicator.execute("UPDATE coppice_position SET sequence = sequence - 1"));
  must(begin_epoch(replicator));
  std::ignore = after_waiting_for({1, 1}, std::chrono::milliseconds(100));
  EXPECT_EQ(database_->losses().commits(), 1);
  EXPECT_EQ(database_->position(), must(read_position(replicator)));
}

TEST_F(ReplicatedTest, AFormerPrimaryHasLostNothingThatTheNextOneHas) {
  start_as(kPrimary);
  must(execute(AddNote{"a"}));
  become(kReplica);
  auto replicator = must(Connection::open({.path = path()}));
  must(begin_epoch(replicator));
  std::ignore = after_waiting_for({1, 1}, std::chrono::milliseconds(100));
  EXPECT_EQ(database_->losses().commits(), 0);
}

TEST_F(ReplicatedTest, CountsWhatHasGoneToThePrimary) {
  replicate_a_database();
  let_the_primary_answer({{std::unexpected(actors::Error{Errc::unavailable, "nobody"}), true},
                          {CommandReply{to_bytes(std::int64_t{7}), {0, 0}}}});
  start_as(kReplica);
  must(execute(AddNote{"a"}));
  EXPECT_EQ(database_->forward_counts().unanswered, 1U);
  EXPECT_EQ(database_->forward_counts().answered, 1U);
}

TEST_F(ReplicatedTest, WhatAnotherNodeHasSentIsNotSentOn) {
  replicate_a_database();
  let_the_primary_answer({});
  start_as(kReplica);
  const auto result = db::run_task_blocking<CommandReply>(
      world_.runtime(), database_->execute_here(to_command(AddNote{"a"}), seconds(1)), seconds(1));
  EXPECT_EQ(result.error(), Errc::read_only);
  EXPECT_TRUE(keys_.empty());
}

TEST_F(ReplicatedTest, AReplicaWaitsForTheSchemaToArrive) {
  start_as(kReplica);
  EXPECT_FALSE(database_->readiness().ready());
  replicate_a_database();
  world_.advance(seconds(11));
  EXPECT_TRUE(database_->readiness().ready());
  EXPECT_FALSE(std::filesystem::exists(path().string() + "-journal"));
}

TEST_F(ReplicatedTest, ANewPrimaryBeginsAnEpochAndRunsTheMigrations) {
  {
    auto made = must(Connection::open({.path = path(), .create = true}));
    must(must(Migrations::embedded()).apply_pending(made, NewerSchema::refused));
  }
  start_as(kReplica);
  EXPECT_FALSE(database_->readiness().ready());  // a migration is missing
  auto before = must(Connection::open({.path = path(), .read_only = true}));
  const auto epoch = must(read_position(before)).epoch;
  become(kPrimary);
  EXPECT_TRUE(database_->readiness().ready());
  must(execute(AddNote{"a"}));
  EXPECT_GT(position().epoch, epoch);
}

TEST_F(ReplicatedTest, AWriterThatRestartsReignsOn) {
  start_as(kPrimary);
  must(execute(AddNote{"a"}));
  const auto epoch = position().epoch;
  crash("writer");
  wait_for("writer");
  world_.run();
  must(execute(AddNote{"b"}));
  EXPECT_EQ(position().epoch, epoch);
}

TEST_F(ReplicatedTest, AFormerPrimaryWritesNothingMore) {
  start_as(kPrimary);
  must(execute(AddNote{"a"}));
  become(kReplica);
  EXPECT_EQ(execute(AddNote{"b"}).error(), Errc::read_only);
  EXPECT_TRUE(has(describe("writer"), "node-a takes writes"));
  EXPECT_EQ(notes(), "a");
}

TEST_F(ReplicatedTest, AWriteWaitsForARoleThatMoves) {
  start_as(kPrimary);
  become(kOrphan);
  send("a", AddNote{"a"});
  world_.advance(std::chrono::milliseconds(100));
  EXPECT_EQ(outcome("a"), "none");
  become(kPrimary);
  world_.advance(std::chrono::milliseconds(100));
  EXPECT_EQ(outcome("a"), "ok");
}

TEST_F(ReplicatedTest, AWriteDoesNotWaitForARoleForLong) {
  start_as(kPrimary);
  become(kOrphan);
  send("a", AddNote{"a"}, seconds(60));
  world_.advance(seconds(6));
  EXPECT_TRUE(has(outcome("a"), "no node is known to be the primary"));
}

TEST_F(ReplicatedTest, WhileReplicationIsDownNothingTouchesTheDatabase) {
  start_as(kPrimary);
  must(execute(AddNote{"a"}));
  become(kDown);
  std::filesystem::rename(path(), path().string() + ".away");  // who touched it would make another
  EXPECT_EQ(execute(AddNote{"b"}).error(), Errc::unavailable);
  EXPECT_EQ(read([](Connection& db) { return read_position(db); }).error(), Errc::unavailable);
  world_.advance(seconds(30));
  EXPECT_FALSE(std::filesystem::exists(path()));
  EXPECT_TRUE(has(database_->readiness().report().reason, "the mount is dead"));
}

TEST_F(ReplicatedTest, GoesOnWhenReplicationIsBack) {
  start_as(kPrimary);
  become(kDown);
  become(kPrimary);
  must(execute(AddNote{"a"}));
  EXPECT_EQ(notes(), "a");
}

TEST_F(ReplicatedTest, AcknowledgesNoCommitThatReplicationHasNotRecorded) {
  start_as(kPrimary);
  must(execute(AddNote{"a"}));
  records_ = false;
  const auto lost = execute(AddNote{"b"});
  EXPECT_EQ(lost.error(), Errc::io_error);
  EXPECT_TRUE(has(lost.error().context, "replication has not recorded a commit"));
}

TEST_F(ReplicatedTest, WritesNothingMoreAfterACommitThatWasNotRecorded) {
  start_as(kPrimary);
  must(execute(AddNote{"a"}));
  records_ = false;
  std::ignore = execute(AddNote{"b"});
  records_ = true;
  world_.advance(seconds(30));
  EXPECT_EQ(execute(AddNote{"c"}).error(), Errc::io_error);
  EXPECT_EQ(notes(), "a,b");
}

TEST_F(ReplicatedTest, AnotherLookAtTheRoleForgivesNoCommitThatWasNotRecorded) {
  start_as(kPrimary);
  must(execute(AddNote{"a"}));
  records_ = false;
  std::ignore = execute(AddNote{"b"});
  become(kDown);
  become(kPrimary);
  EXPECT_FALSE(execute(AddNote{"c"}));
  EXPECT_EQ(notes(), "a,b");
}

TEST_F(ReplicatedTest, NorDoesACrashOfTheWriter) {
  start_as(kPrimary);
  must(execute(AddNote{"a"}));
  records_ = false;
  std::ignore = execute(AddNote{"b"});
  crash("writer");
  wait_for("writer");
  world_.run();
  EXPECT_FALSE(execute(AddNote{"c"}));
}

TEST_F(ReplicatedTest, WritesAgainOnceReplicationRecordsAgain) {
  start_as(kPrimary);
  must(execute(AddNote{"a"}));
  records_ = false;
  std::ignore = execute(AddNote{"b"});
  become(kDown);
  records_ = true;
  become(kPrimary);
  EXPECT_TRUE(execute(AddNote{"c"}));
}

TEST_F(ReplicatedTest, AcknowledgesNothingThatNobodyAnswersFor) {
  start_as(kPrimary);
  must(execute(AddNote{"a"}));
  vanishes_after_ = recorded_ + 1;  // between the look before the commit and the one after
  const auto lost = execute(AddNote{"b"});
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error(), Errc::io_error);
}

TEST_F(ReplicatedTest, ARoleThatWentAndCameBackBeforeTheWriterLookedIsANewReign) {
  start_as(kPrimary);
  must(execute(AddNote{"a"}));
  const auto epoch = position().epoch;
  suspend("writer");
  database_->follow(kReplica);
  database_->follow(kPrimary);
  resume("writer");
  world_.run();
  must(execute(AddNote{"b"}));
  EXPECT_GT(position().epoch, epoch);
}

TEST_F(ReplicatedTest, ARoleOfWhichTheMessageWasLostIsFollowedAllTheSame) {
  replicate_a_database();
  auto wanted = options();
  const auto replication = std::make_shared<Replication>(
      kReplica, [this]() -> actors::Result<std::uint64_t> { return ++recorded_; });
  wanted.replication = replication;
  start(wanted);
  replication->stand(kPrimary);  // and nobody is told
  world_.advance(seconds(11));
  EXPECT_TRUE(execute(AddNote{"a"}));
}

TEST_F(ReplicatedTest, IsNotRestored) {
  start_as(kPrimary);
  EXPECT_EQ(database_->restore_blocking(directory_ / "backup.tar", {}).error(), Errc::unsupported);
}

TEST_F(ReplicatedTest, AReplicaThatWasReadyStaysSoWhenItsWriterRestarts) {
  replicate_a_database();
  start_as(kReplica);
  crash("writer");
  world_.run();
  EXPECT_TRUE(database_->readiness().ready());
}

}  // namespace
}  // namespace coppice::db
