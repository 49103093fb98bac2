#include "db/write_batch.hpp"

#include "db/database_fixture.hpp"
#include "db/example_commands.hpp"

namespace coppice::db {
namespace {

using actors::Errc;

class WriteBatchTest : public MigratedDatabaseTest {
 protected:
  WriteBatchTest() { execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text UNIQUE)"); }

  std::vector<CommandResult> batch(const std::vector<Command>& commands) {
    return WriteBatch(db_, commands_).run(commands);
  }

  std::string notes() {
    return text("SELECT group_concat(text) FROM (SELECT text FROM notes ORDER BY id)");
  }

  Position position() { return must(read_position(db_)); }

  CommandRegistry commands_ = example_commands();
};

TEST_F(WriteBatchTest, CommitsAllWithOnePositionInOrder) {
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

TEST_F(WriteBatchTest, NothingIsDoneForNoCommands) { EXPECT_TRUE(batch({}).empty()); }

TEST_F(WriteBatchTest, AFailingCommandRollsBackAlone) {
  const auto results = batch({to_command(AddNote{"a"}), to_command(AddNoteThenFail{"lost"}),
                              to_command(AddNote{"a"}), to_command(AddNote{"b"})});
  EXPECT_TRUE(results[0]);
  EXPECT_EQ(results[1].error(), Errc::forbidden);
  EXPECT_EQ(results[2].error(), Errc::conflict);
  EXPECT_TRUE(results[3]);
  EXPECT_EQ(notes(), "a,b");
}

TEST_F(WriteBatchTest, OnlyFailuresCommitNothing) {
  const auto before = position();
  EXPECT_FALSE(batch({to_command(AddNoteThenFail{"lost"})})[0]);
  EXPECT_EQ(position(), before);
  EXPECT_EQ(notes(), "null");
  EXPECT_FALSE(db_.in_transaction());
}

TEST_F(WriteBatchTest, CommandsThatChangeNothingLeaveThePosition) {
  const auto before = position();
  const auto results = batch({to_command(ClearNotes{}), to_command(AddNoteThenFail{"lost"})});
  ASSERT_TRUE(results[0]);
  EXPECT_EQ(results[0]->position, before);
  EXPECT_EQ(position(), before);
}

TEST_F(WriteBatchTest, ACommandThatLosesTheTransactionCostsItsNeighboursNothing) {
  execute("INSERT INTO notes (text) VALUES ('taken')");
  const auto results =
      batch({to_command(AddNote{"a"}),
             to_command(RunSql{"INSERT OR ROLLBACK INTO notes (text) VALUES ('taken')"}),
             to_command(AddNote{"b"})});
  ASSERT_EQ(results.size(), 2U) << "the third has not been begun";
  EXPECT_TRUE(results[0]);
  EXPECT_EQ(results[1].error(), Errc::conflict);
  EXPECT_EQ(notes(), "taken,a");
}

TEST_F(WriteBatchTest, AFullDiskFailsItsCommandAndLeavesAUsableWriter) {
  execute("PRAGMA max_page_count = " + std::to_string(number("PRAGMA page_count") + 4));
  const auto results =
      batch({to_command(AddNote{"a"}),
             to_command(RunSql{"INSERT INTO notes (text) VALUES (hex(zeroblob(1000000)))"})});
  EXPECT_EQ(results[1].error(), Errc::disk_full);
  EXPECT_FALSE(db_.in_transaction());
  execute("PRAGMA max_page_count = 1000000");
  EXPECT_TRUE(batch({to_command(AddNote{"b"})})[0]);
}

TEST_F(WriteBatchTest, ARuleThatTheCommitFindsBrokenCostsTheCommandThatBrokeItOnly) {
  run("CREATE TABLE p (id INTEGER PRIMARY KEY);"
      "CREATE TABLE c (id REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED);");
  const auto before = position();
  const auto results =
      batch({to_command(AddNote{"a"}), to_command(AddNoteThenFail{"own error"}),
             to_command(RunSql{"INSERT INTO c VALUES (1)"}), to_command(AddNote{"b"})});
  ASSERT_EQ(results.size(), 4U);
  EXPECT_TRUE(results[0]);
  EXPECT_EQ(results[1].error(), Errc::forbidden);
  EXPECT_EQ(results[2].error(), Errc::constraint);
  EXPECT_TRUE(results[3]);
  EXPECT_EQ(notes(), "a,b");
  EXPECT_EQ(position().sequence, before.sequence + 2);
  EXPECT_FALSE(db_.in_transaction());
}

/// A clock that moves on with every look.
class ImpatientClock final : public actors::Clock {
 public:
  [[nodiscard]] actors::Time now() const noexcept override { return now_ += std::chrono::hours(1); }

 private:
  mutable actors::Time now_;
};

TEST_F(WriteBatchTest, BeginsNoFurtherCommandOnceItsTimeIsUp) {
  const ImpatientClock clock;
  const TimeLimit limit{clock, actors::Time(std::chrono::minutes(150))};
  const std::vector commands{to_command(AddNote{"a"}), to_command(AddNote{"b"}),
                             to_command(AddNote{"c"}), to_command(AddNote{"d"})};
  EXPECT_EQ(WriteBatch(db_, commands_).run(commands, limit).size(), 3U);
  EXPECT_EQ(notes(), "a,b,c");
}

// -- idempotency keys ----------------------------------------------------------------------------

TEST_F(WriteBatchTest, ACommandSentTwiceWithOneKeyRunsOnce) {
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

TEST_F(WriteBatchTest, ACommandSentTwiceWithinABatchRunsOnce) {
  const auto results = batch({to_command(AddNote{"a"}, "k"), to_command(AddNote{"a"}, "k")});
  ASSERT_TRUE(results[1]);
  EXPECT_EQ(results[1]->value, results[0]->value);
  EXPECT_EQ(results[1]->position, results[0]->position);
  EXPECT_EQ(position(), results[0]->position);
  EXPECT_EQ(notes(), "a");
}

TEST_F(WriteBatchTest, AKeyOfACommandThatChangedNothingIsKeptAsWell) {
  const auto first = batch({to_command(ClearNotes{}, "k")});
  EXPECT_EQ(first[0]->position, position());
  execute("INSERT INTO notes (text) VALUES ('later')");
  EXPECT_TRUE(batch({to_command(ClearNotes{}, "k")})[0]);
  EXPECT_EQ(notes(), "later");
}

TEST_F(WriteBatchTest, ACommandThatFailedRunsAgainWithItsKey) {
  execute("INSERT INTO notes (text) VALUES ('a')");
  EXPECT_EQ(batch({to_command(AddNote{"a"}, "k")})[0].error(), Errc::conflict);
  execute("DELETE FROM notes");
  EXPECT_TRUE(batch({to_command(AddNote{"a"}, "k")})[0]);
}

TEST_F(WriteBatchTest, AKeyStandsForOneCommandWithItsArguments) {
  ASSERT_TRUE(batch({to_command(AddNote{"a"}, "k")})[0]);
  EXPECT_EQ(batch({to_command(AddNote{"b"}, "k")})[0].error(), Errc::conflict);
  EXPECT_EQ(batch({to_command(ClearNotes{}, "k")})[0].error(), Errc::conflict);
  EXPECT_EQ(notes(), "a");
}

TEST_F(WriteBatchTest, RefusesAKeyThatIsTooLong) {
  EXPECT_TRUE(batch({to_command(AddNote{"a"}, std::string(255, 'k'))})[0]);
  EXPECT_EQ(batch({to_command(AddNote{"b"}, std::string(256, 'k'))})[0].error(), Errc::too_large);
}

TEST_F(WriteBatchTest, AThrowingCommandLeavesNothingOfTheBatch) {
  EXPECT_THROW(batch({to_command(AddNote{"a"}), to_command(Throw{})}), std::runtime_error);
  EXPECT_FALSE(db_.in_transaction());
  EXPECT_EQ(notes(), "null");
}

TEST_F(WriteBatchTest, EndingTheWritersTransactionIsABug) {
  EXPECT_THROW(batch({to_command(RunSql{"ROLLBACK"})}), std::logic_error);
}

TEST_F(WriteBatchTest, AnotherProcessThatWritesMakesAllBusy) {
  auto other = open();
  must(other.execute("BEGIN IMMEDIATE"));
  const auto results = batch({to_command(AddNote{"a"}), to_command(AddNote{"b"})});
  EXPECT_EQ(results[0].error(), Errc::busy);
  EXPECT_EQ(results[1].error(), Errc::busy);
  must(other.execute("ROLLBACK"));
  EXPECT_TRUE(batch({to_command(AddNote{"a"})})[0]);
}

TEST_F(WriteBatchTest, UnknownCommandsAndBadArgumentsFailAlone) {
  const auto results =
      batch({{"notes.burn", "", ""}, {"notes.add", "x", ""}, to_command(AddNote{"a"})});
  EXPECT_EQ(results[0].error(), Errc::unsupported);
  EXPECT_EQ(results[1].error(), Errc::malformed);
  EXPECT_TRUE(results[2]);
}

using UnmigratedWriteBatchTest = DatabaseTest;

TEST_F(UnmigratedWriteBatchTest, IsUnavailableBeforeMigrations) {
  const auto commands = example_commands();
  const std::vector<Command> batch{to_command(AddNote{"a"})};
  EXPECT_EQ(WriteBatch(db_, commands).run(batch)[0].error(), Errc::unavailable);
}

}  // namespace
}  // namespace coppice::db
