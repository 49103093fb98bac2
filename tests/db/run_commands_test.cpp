#include "db/run_commands.hpp"

#include "db/database_fixture.hpp"
#include "db/example_commands.hpp"

namespace coppice::db {
namespace {

using actors::Errc;

class RunCommandsTest : public MigratedDatabaseTest {
 protected:
  RunCommandsTest() { execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text UNIQUE)"); }

  std::vector<CommandResult> run_all(const std::vector<Command>& commands) {
    return run_commands(db_, example_commands(), commands);
  }

  std::string notes() {
    return text("SELECT group_concat(text) FROM (SELECT text FROM notes ORDER BY id)");
  }
};

TEST_F(RunCommandsTest, SharesOneCommit) {
  const auto results = run_all({to_command(AddNote{"a"}), to_command(AddNote{"b"})});
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(results[0]->position, results[1]->position);
  EXPECT_EQ(notes(), "a,b");
}

TEST_F(RunCommandsTest, AFailingCommandFailsAlone) {
  const auto results = run_all({to_command(AddNote{"a"}), to_command(AddNote{"a"})});
  EXPECT_TRUE(results[0]);
  EXPECT_EQ(results[1].error(), Errc::conflict);
}

TEST_F(RunCommandsTest, ACommandThatTakesTheTransactionAlongFailsAlone) {
  execute("INSERT INTO notes (text) VALUES ('taken')");
  const auto results =
      run_all({to_command(AddNote{"a"}),
               to_command(RunSql{"INSERT OR ROLLBACK INTO notes (text) VALUES ('taken')"}),
               to_command(AddNote{"b"})});
  EXPECT_TRUE(results[0]);
  EXPECT_EQ(results[1].error(), Errc::conflict);
  EXPECT_TRUE(results[2]);
  EXPECT_EQ(notes(), "taken,a,b");
}

TEST_F(RunCommandsTest, ADatabaseThatCannotBeWrittenFailsAll) {
  auto other = open();
  must(other.execute("BEGIN IMMEDIATE"));
  const auto results = run_all({to_command(AddNote{"a"}), to_command(AddNote{"b"})});
  EXPECT_EQ(results[0].error(), Errc::busy);
  EXPECT_EQ(results[1].error(), Errc::busy);
}

TEST_F(RunCommandsTest, NothingIsDoneForNoCommands) { EXPECT_TRUE(run_all({}).empty()); }

}  // namespace
}  // namespace coppice::db
