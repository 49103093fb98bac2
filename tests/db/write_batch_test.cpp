#include "db/write_batch.hpp"

#include "db/database_fixture.hpp"
#include "db/example_commands.hpp"

namespace coppice::db {
namespace {

using actors::Errc;

class WriteBatchTest : public MigratedDatabaseTest, public testing::WithParamInterface<Isolation> {
 protected:
  WriteBatchTest() { execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text UNIQUE)"); }

  /// The results of commands that share a commit; of those until the first that takes the others
  /// along.
  std::vector<CommandResult> batch(const std::vector<Command>& commands) {
    auto begun = begin();
    if (!begun) return {std::unexpected(begun.error())};
    for (const auto& command : commands) {
      begun->run(command, actors::Time::max());
      if (begun->is_lost()) return std::move(*begun).take_results();
    }
    const auto committed = begun->commit();
    auto results = std::move(*begun).take_results();
    for (auto& result : results) settle(result, committed);
    return results;
  }

  actors::Result<WriteBatch> begin() {
    return WriteBatch::begin(db_, commands_, *clock_, GetParam());
  }

  std::string notes() {
    return text("SELECT group_concat(text) FROM (SELECT text FROM notes ORDER BY id)");
  }

  Position position() { return must(read_position(db_)); }

  CommandRegistry commands_ = example_commands();
  std::shared_ptr<const actors::Clock> clock_ = actors::steady_clock();
};

TEST_P(WriteBatchTest, CommitsAllWithOnePositionInOrder) {
  const auto before = position();
  const auto results = batch({to_command(AddNote{"a"}), to_command(AddNote{"b"})});
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(must(reply_of<AddNote>(results[0].value().value)), 1);
  EXPECT_EQ(must(reply_of<AddNote>(results[1].value().value)), 2);
  EXPECT_EQ(results[0]->position, (Position{before.epoch, before.sequence + 1}));
  EXPECT_EQ(results[1]->position, results[0]->position);
  EXPECT_EQ(position(), results[0]->position);
  EXPECT_EQ(notes(), "a,b");
  EXPECT_FALSE(db_.in_transaction());
}

TEST_P(WriteBatchTest, NothingIsDoneForNoCommands) { EXPECT_TRUE(batch({}).empty()); }

TEST_P(WriteBatchTest, AFailingCommandRollsBackAlone) {
  const auto results = batch({to_command(AddNote{"a"}), to_command(AddNoteThenFail{"lost"}),
                              to_command(AddNote{"a"}), to_command(AddNote{"b"})});
  EXPECT_TRUE(results[0]);
  EXPECT_EQ(results[1].error(), Errc::forbidden);
  EXPECT_EQ(results[2].error(), Errc::conflict);
  EXPECT_TRUE(results[3]);
  EXPECT_EQ(notes(), "a,b");
}

TEST_P(WriteBatchTest, OnlyFailuresCommitNothing) {
  const auto before = position();
  EXPECT_FALSE(batch({to_command(AddNoteThenFail{"lost"})})[0]);
  EXPECT_EQ(position(), before);
  EXPECT_EQ(notes(), "null");
  EXPECT_FALSE(db_.in_transaction());
}

TEST_P(WriteBatchTest, CommandsThatChangeNothingLeaveThePosition) {
  const auto before = position();
  const auto results = batch({to_command(ClearNotes{}), to_command(AddNoteThenFail{"lost"})});
  ASSERT_TRUE(results[0]);
  EXPECT_EQ(results[0]->position, before);
  EXPECT_EQ(position(), before);
}

TEST_P(WriteBatchTest, IsLostWithACommandThatRollsTheTransactionBack) {
  execute("INSERT INTO notes (text) VALUES ('taken')");
  auto begun = must(begin());
  const auto harmless = to_command(AddNote{"a"});
  const auto culprit = to_command(RunSql{"INSERT OR ROLLBACK INTO notes (text) VALUES ('taken')"});
  begun.run(harmless, actors::Time::max());
  begun.run(culprit, actors::Time::max());
  ASSERT_EQ(begun.results().size(), 2U);
  EXPECT_TRUE(begun.results()[0]);
  EXPECT_EQ(begun.results()[1].error(), Errc::conflict);
  EXPECT_TRUE(begun.is_lost());
  EXPECT_FALSE(begun.database_failed());
  EXPECT_EQ(notes(), "taken");
}

TEST_P(WriteBatchTest, WithoutACommitNothingIsLeft) {
  {
    const auto command = to_command(AddNote{"a"});
    auto begun = must(begin());
    begun.run(command, actors::Time::max());
    EXPECT_TRUE(begun.results().back());
  }
  EXPECT_FALSE(db_.in_transaction());
  EXPECT_EQ(notes(), "null");
}

TEST_P(WriteBatchTest, ACommandIsUndoneAtItsDeadline) {
  const std::string endless =
      "INSERT INTO notes (text) WITH n (i) AS (SELECT 1 UNION ALL "
      "SELECT i + 1 FROM n) SELECT i FROM n";
  auto begun = must(begin());
  const auto deadline = clock_->now() + std::chrono::milliseconds(5);
  const auto command = to_command(RunSql{endless});
  begun.run(command, deadline);
  EXPECT_EQ(begun.results().back().error().message(),
            "timeout: test.sql was undone: it did not finish by its deadline");
}

TEST_P(WriteBatchTest, ACommandsOwnErrorIsNotTheDatabases) {
  auto begun = must(begin());
  const auto command = to_command(Refuse{static_cast<int>(Errc::corrupt)});
  begun.run(command, actors::Time::max());
  EXPECT_EQ(begun.results().back().error(), Errc::corrupt);
  EXPECT_FALSE(begun.database_failed());
}

TEST_P(WriteBatchTest, AFullDiskFailsItsCommandAndLeavesAUsableWriter) {
  execute("PRAGMA max_page_count = " + std::to_string(number("PRAGMA page_count") + 4));
  const auto results =
      batch({to_command(AddNote{"a"}),
             to_command(RunSql{"INSERT INTO notes (text) VALUES (hex(zeroblob(1000000)))"})});
  EXPECT_EQ(results.back().error(), Errc::disk_full);
  EXPECT_FALSE(db_.in_transaction());
  execute("PRAGMA max_page_count = 1000000");
  EXPECT_TRUE(batch({to_command(AddNote{"b"})})[0]);
}

TEST_P(WriteBatchTest, ABrokenDeferredForeignKeyCostsTheCommandThatBrokeItOnly) {
  run("CREATE TABLE p (id INTEGER PRIMARY KEY);"
      "CREATE TABLE c (id REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED);");
  const auto before = position();
  const auto results =
      batch({to_command(AddNote{"a"}), to_command(RunSql{"INSERT INTO c VALUES (1)"}),
             to_command(RunSql{"INSERT INTO p VALUES (1)"}), to_command(AddNote{"b"})});
  ASSERT_EQ(results.size(), 4U);
  EXPECT_TRUE(results[0]);
  EXPECT_EQ(results[1].error().message(),
            "constraint: test.sql leaves a foreign key without its row");
  EXPECT_TRUE(results[2]);
  EXPECT_TRUE(results[3]);
  EXPECT_EQ(notes(), "a,b");
  EXPECT_EQ(position().sequence, before.sequence + 1);
}

// -- idempotency keys ----------------------------------------------------------------------------

TEST_P(WriteBatchTest, ACommandSentTwiceWithOneKeyRunsOnce) {
  const auto first = batch({to_command(AddNote{"a"}, "k")});
  const auto other = batch({to_command(AddNote{"b"})});
  const auto again = batch({to_command(AddNote{"a"}, "k")});
  ASSERT_TRUE(again[0]);
  EXPECT_EQ(again[0]->value, first[0]->value);
  EXPECT_EQ(again[0]->position, first[0]->position);
  EXPECT_LT(again[0]->position, other[0]->position);
  EXPECT_EQ(position(), other[0]->position);
  EXPECT_EQ(notes(), "a,b");
}

TEST_P(WriteBatchTest, AnEarlierReplyOfAnotherEpochIsKnownSinceNow) {
  const auto first = batch({to_command(AddNote{"a"}, "k")});
  const auto fork = must(begin_epoch(db_));
  const auto again = batch({to_command(AddNote{"a"}, "k")});
  ASSERT_TRUE(again[0]);
  EXPECT_EQ(again[0]->value, first[0]->value);
  EXPECT_EQ(again[0]->position, fork);
}

TEST_P(WriteBatchTest, ACommandSentTwiceWithinABatchRunsOnce) {
  const auto results = batch({to_command(AddNote{"a"}, "k"), to_command(AddNote{"a"}, "k")});
  ASSERT_TRUE(results[1]);
  EXPECT_EQ(results[1]->value, results[0]->value);
  EXPECT_EQ(results[1]->position, results[0]->position);
  EXPECT_EQ(position(), results[0]->position);
  EXPECT_EQ(notes(), "a");
}

TEST_P(WriteBatchTest, AKeyOfACommandThatChangedNothingIsKeptAsWell) {
  const auto first = batch({to_command(ClearNotes{}, "k")});
  EXPECT_EQ(first[0]->position, position());
  execute("INSERT INTO notes (text) VALUES ('later')");
  EXPECT_TRUE(batch({to_command(ClearNotes{}, "k")})[0]);
  EXPECT_EQ(notes(), "later");
}

TEST_P(WriteBatchTest, ACommandThatFailedRunsAgainWithItsKey) {
  execute("INSERT INTO notes (text) VALUES ('a')");
  EXPECT_EQ(batch({to_command(AddNote{"a"}, "k")})[0].error(), Errc::conflict);
  execute("DELETE FROM notes");
  EXPECT_TRUE(batch({to_command(AddNote{"a"}, "k")})[0]);
}

TEST_P(WriteBatchTest, AKeyStandsForOneCommandWithItsArguments) {
  ASSERT_TRUE(batch({to_command(AddNote{"a"}, "k")})[0]);
  EXPECT_EQ(batch({to_command(AddNote{"b"}, "k")})[0].error(), Errc::conflict);
  EXPECT_EQ(batch({to_command(ClearNotes{}, "k")})[0].error(), Errc::conflict);
  EXPECT_EQ(notes(), "a");
}

TEST_P(WriteBatchTest, RefusesAKeyThatIsTooLong) {
  EXPECT_TRUE(batch({to_command(AddNote{"a"}, std::string(255, 'k'))})[0]);
  EXPECT_EQ(batch({to_command(AddNote{"b"}, std::string(256, 'k'))})[0].error(), Errc::too_large);
}

TEST_P(WriteBatchTest, AThrowingCommandLeavesNothingOfTheBatch) {
  EXPECT_THROW(batch({to_command(AddNote{"a"}), to_command(Throw{})}), std::runtime_error);
  EXPECT_FALSE(db_.in_transaction());
  EXPECT_EQ(notes(), "null");
}

TEST_P(WriteBatchTest, EndingTheWritersTransactionIsABug) {
  EXPECT_THROW(batch({to_command(RunSql{"ROLLBACK"})}), std::logic_error);
}

TEST_P(WriteBatchTest, CannotBeginWhileAnotherProcessWrites) {
  auto other = open();
  must(other.execute("BEGIN IMMEDIATE"));
  const auto results = batch({to_command(AddNote{"a"}), to_command(AddNote{"b"})});
  EXPECT_EQ(results[0].error(), Errc::busy);
  must(other.execute("ROLLBACK"));
  EXPECT_TRUE(batch({to_command(AddNote{"a"})})[0]);
}

TEST_P(WriteBatchTest, UnknownCommandsAndBadArgumentsFailAlone) {
  const auto results =
      batch({{"notes.burn", "", ""}, {"notes.add", "x", ""}, to_command(AddNote{"a"})});
  EXPECT_EQ(results[0].error(), Errc::unsupported);
  EXPECT_EQ(results[1].error(), Errc::malformed);
  EXPECT_TRUE(results[2]);
}

// FAIL leaves what the statement had done, and SQLite counts no rows of a trigger that ends so.
TEST_P(WriteBatchTest, NothingStaysOfATriggerThatFailsHalfWay) {
  execute("CREATE TABLE log (text)");
  execute(
      "CREATE TRIGGER half_way BEFORE INSERT ON notes WHEN new.text = 'bad' BEGIN "
      "INSERT INTO log SELECT 'logged' UNION ALL SELECT RAISE(FAIL, 'no more'); END");
  const auto results = batch({to_command(AddNote{"a"}), to_command(AddNote{"bad"})});
  EXPECT_TRUE(results[0]);
  EXPECT_EQ(results[1].error(), Errc::constraint);
  EXPECT_EQ(notes(), "a");
  EXPECT_EQ(number("SELECT count(*) FROM log"), 0);
}

INSTANTIATE_TEST_SUITE_P(Isolations, WriteBatchTest,
                         testing::Values(Isolation::savepoints, Isolation::optimistic),
                         [](const auto& isolation) -> std::string {
                           return isolation.param == Isolation::savepoints ? "Savepoints"
                                                                           : "Optimistic";
                         });

// -- starting over -------------------------------------------------------------------------------

/// Counts how often it runs.
struct CountedNote {
  static constexpr std::string_view kName = "test.counted";
  using Reply = void;
  static inline int runs = 0;

  auto fields(this auto&) { return std::tie(); }
  actors::Result<void> run(Connection& db) const {
    ++runs;
    return db.execute("INSERT INTO notes (text) VALUES ('counted')");
  }
};

struct MakeTableThenFail {
  static constexpr std::string_view kName = "test.make_table_then_fail";
  using Reply = void;

  auto fields(this auto&) { return std::tie(); }
  actors::Result<void> run(Connection& db) const {
    if (auto made = db.execute("CREATE TABLE half_made (id)"); !made) return made;
    return actors::fail(Errc::forbidden, "no second half");
  }
};

class OptimisticBatchTest : public MigratedDatabaseTest {
 protected:
  OptimisticBatchTest() {
    execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text UNIQUE)");
    CountedNote::runs = 0;
    RollBackOnSecondRun::runs = 0;
    commands_.add<CountedNote>();
    commands_.add<MakeTableThenFail>();
  }

  /// Whether a batch of a counted note and @p command starts over.
  bool starts_over_for(const Command& command) {
    const auto counted = to_command(CountedNote{});
    auto begun = must(WriteBatch::begin(db_, commands_, *clock_, Isolation::optimistic));
    begun.run(counted, actors::Time::max());
    begun.run(command, actors::Time::max());
    EXPECT_EQ(begun.results().size(), 2U);
    EXPECT_TRUE(begun.results()[0]);
    EXPECT_FALSE(begun.results()[1]);
    must(begun.commit());
    EXPECT_EQ(text("SELECT group_concat(text) FROM notes"), "counted");
    EXPECT_EQ(CountedNote::runs, begun.has_started_over() ? 2 : 1);
    return begun.has_started_over();
  }

  CommandRegistry commands_ = example_commands();
  std::shared_ptr<const actors::Clock> clock_ = actors::steady_clock();
};

TEST_F(OptimisticBatchTest, StartsOverForACommandThatFailsHalfWay) {
  EXPECT_TRUE(starts_over_for(to_command(AddNoteThenFail{"lost"})));
}

TEST_F(OptimisticBatchTest, ACommandThatFailsBeforeItChangesAnythingCostsNoSecondRun) {
  EXPECT_FALSE(starts_over_for(to_command(AddNote{"counted"})));
}

TEST_F(OptimisticBatchTest, AChangeOfTheSchemaIsAChange) {
  EXPECT_TRUE(starts_over_for(to_command(MakeTableThenFail{})));
  EXPECT_EQ(number("SELECT count(*) FROM sqlite_schema WHERE name = 'half_made'"), 0);
}

TEST_F(OptimisticBatchTest, TellsWhoseSecondRunTookTheOthersAlong) {
  const std::vector<Command> commands = {to_command(AddNote{"a"}),
                                         to_command(RollBackOnSecondRun{}),
                                         to_command(AddNoteThenFail{"lost"})};
  auto begun = must(WriteBatch::begin(db_, commands_, *clock_, Isolation::optimistic));
  for (const auto& command : commands) begun.run(command, actors::Time::max());
  EXPECT_TRUE(begun.is_lost());
  ASSERT_EQ(begun.results().size(), 2U);
  EXPECT_EQ(begun.results()[1].error(), Errc::conflict);
}

using UnmigratedWriteBatchTest = DatabaseTest;

TEST_F(UnmigratedWriteBatchTest, IsUnavailableBeforeMigrations) {
  const auto commands = example_commands();
  EXPECT_EQ(
      WriteBatch::begin(db_, commands, *actors::steady_clock(), Isolation::savepoints).error(),
      Errc::unavailable);
}

}  // namespace
}  // namespace coppice::db
