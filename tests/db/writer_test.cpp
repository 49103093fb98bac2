#include "db/writer.hpp"

#include <csignal>
#include <sys/resource.h>

#include "db/database_world.hpp"

namespace coppice::db {
namespace {

using actors::Errc;
using actors::EventKind;
using std::chrono::seconds;

class WriterTest : public DatabaseWorldTest {
 protected:
  void start_with_batches_of(BatchLimits limits) {
    auto wanted = options();
    wanted.batch = limits;
    start(wanted);
  }

  /// Sends a command and lets the writer take it without running it.
  template <CommandType C>
  void send_and_collect(const std::string& name, const C& command,
                        actors::Duration timeout = seconds(5)) {
    send(name, command, timeout);
    ASSERT_TRUE(world_.step(pid("writer")));
  }
};

/// With all that belongs to it.
void move_database(const std::filesystem::path& from, const std::filesystem::path& to) {
  for (const std::string suffix : {"", "-wal", "-shm"}) {
    std::error_code missing;
    std::filesystem::rename(from.string() + suffix, to.string() + suffix, missing);
  }
}

// -- running commands ----------------------------------------------------------------------------

TEST_F(WriterTest, MakesTheDatabaseAndAnswersWithTheCommitsPosition) {
  start();
  const auto first = must(execute(AddNote{"a"}));
  const auto second = must(execute(AddNote{"b"}));
  EXPECT_EQ(first.value, 1);
  EXPECT_EQ(second.value, 2);
  EXPECT_EQ(second.position, (Position{first.position.epoch, first.position.sequence + 1}));
  EXPECT_EQ(notes(), "a,b");
}

TEST_F(WriterTest, RunsWhatWaitsWithOneCommit) {
  start();
  send("a", AddNote{"a"});
  send("b", AddNote{"b"});
  send("c", AddNote{"c"});
  world_.run();
  EXPECT_EQ(*outcomes_, (Outcomes{{"a", "ok"}, {"b", "ok"}, {"c", "ok"}}));
  EXPECT_TRUE(has(describe("writer"), "1 batches of 3 commands, the last of 3"));
}

TEST_F(WriterTest, AnswersOnlyAfterTheCommit) {
  start();
  send_and_collect("a", AddNote{"a"});
  EXPECT_EQ(outcome("a"), "none");
  EXPECT_EQ(notes(), "");
  world_.run();
  EXPECT_EQ(outcome("a"), "ok");
  EXPECT_EQ(notes(), "a");
}

TEST_F(WriterTest, BoundsABatchByCount) {
  start_with_batches_of({.commands = 2});
  for (const std::string name : {"a", "b", "c", "d", "e"}) send(name, AddNote{name});
  world_.run();
  EXPECT_EQ(notes(), "a,b,c,d,e");
  EXPECT_TRUE(has(describe("writer"), "3 batches of 5 commands, the last of 1"));
}

TEST_F(WriterTest, BoundsABatchByBytes) {
  start_with_batches_of({.bytes = 1000});
  for (const std::string name : {"a", "b", "c"}) send(name, AddNote{std::string(900, name[0])});
  world_.run();
  EXPECT_TRUE(has(describe("writer"), "2 batches of 3 commands, the last of 1"));
}

TEST_F(WriterTest, ACommandThatFailsFailsAlone) {
  start();
  send("a", AddNote{"a"});
  send("fails", AddNoteThenFail{"lost"});
  send("again", AddNote{"a"});
  send("b", AddNote{"b"});
  world_.run();
  EXPECT_EQ(outcome("fails"), "forbidden: not this one");
  EXPECT_TRUE(has(outcome("again"), "conflict: "));
  EXPECT_EQ(notes(), "a,b");
}

TEST_F(WriterTest, TellsThatACommandOfThatNameIsUnknown) {
  auto wanted = options();
  wanted.commands = std::make_shared<const CommandRegistry>();
  start(wanted);
  EXPECT_EQ(execute(AddNote{"a"}).error(), Errc::unsupported);
}

TEST_F(WriterTest, DropsACommandWhoseDeadlinePassedInTheMailbox) {
  start();
  suspend("writer");
  send("late", AddNote{"late"}, seconds(1));
  send("in time", AddNote{"in time"}, seconds(10));
  world_.advance(seconds(2));
  resume("writer");
  world_.run();
  EXPECT_EQ(outcome("late"), "timeout");
  EXPECT_EQ(notes(), "in time");
}

TEST_F(WriterTest, DropsACommandWhoseDeadlinePassedBeforeItsBatchBegan) {
  start();
  send_and_collect("late", AddNote{"late"}, seconds(1));
  suspend("writer");
  world_.advance(seconds(2));
  resume("writer");
  world_.run();
  EXPECT_EQ(notes(), "");
  EXPECT_TRUE(has(describe("writer"), "1 expired"));
}

TEST_F(WriterTest, RunsManyCommandsForOneCaller) {
  start();
  const auto results = database_->execute_all_blocking(
      world_.runtime(), {to_command(AddNote{"a"}), to_command(AddNote{"a"}), to_command(Throw{})},
      seconds(5));
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[2].error(), Errc::down);
  const auto retried = database_->execute_all_blocking(
      world_.runtime(),
      {to_command(AddNote{"a"}), to_command(AddNote{"a"}), to_command(AddNote{"b"})}, seconds(5));
  EXPECT_TRUE(retried[0]);
  EXPECT_EQ(retried[1].error(), Errc::conflict);
  EXPECT_TRUE(retried[2]);
}

// -- ending --------------------------------------------------------------------------------------

TEST_F(WriterTest, ACrashFailsTheBatchAtWorkAndRunsTheRestAfterTheRestart) {
  start_with_batches_of({.commands = 2});
  send("a", AddNote{"a"});
  send("throws", Throw{});
  send("c", AddNote{"c"});
  send("d", AddNote{"d"});
  send("e", AddNote{"e"});
  wait_for("writer");
  world_.run_until([&] { return outcomes_->size() == 5; });
  EXPECT_TRUE(has(outcome("a"), "down: error(std::runtime_error: a bug)"));
  EXPECT_TRUE(has(outcome("throws"), "down: "));
  EXPECT_EQ(outcome("c"), "ok");
  EXPECT_EQ(outcome("d"), "ok");
  EXPECT_EQ(outcome("e"), "ok");
  EXPECT_EQ(notes(), "c,d,e");
  EXPECT_EQ(world_.count(EventKind::actor_crash), 1U);
}

TEST_F(WriterTest, ACrashKeepsCommandsThatItHadTakenButNotBegun) {
  start();
  send_and_collect("a", AddNote{"a"});
  send("b", AddNote{"b"});
  crash("writer");
  world_.run_until([&] { return outcomes_->size() == 2; });
  EXPECT_EQ(*outcomes_, (Outcomes{{"a", "ok"}, {"b", "ok"}}));
  EXPECT_EQ(notes(), "a,b");
}

TEST_F(WriterTest, AKillTellsTheCallersOfWhatItHadTaken) {
  start();
  send_and_collect("a", AddNote{"a"});
  send("b", AddNote{"b"});
  world_.kill(pid("writer"));
  world_.run_until([&] { return outcomes_->size() == 2; });
  EXPECT_EQ(outcome("a"), "down: killed");
  EXPECT_EQ(outcome("b"), "ok");
  EXPECT_EQ(notes(), "b");
}

TEST_F(WriterTest, RunsWhatItHasTakenBeforeItStops) {
  start();
  send_and_collect("a", AddNote{"a"});
  must(world_.stop(supervisor_.pid()));
  EXPECT_EQ(outcome("a"), "ok");
  EXPECT_EQ(notes(), "a");
}

TEST_F(WriterTest, ACommandSentWhileItRestartsWaitsForIt) {
  start();
  crash("writer");
  world_.run();
  ASSERT_FALSE(pid("writer"));
  send("a", AddNote{"a"});
  EXPECT_EQ(outcome("a"), "none");
  wait_for("writer");
  world_.run();
  EXPECT_EQ(outcome("a"), "ok");
}

TEST_F(WriterTest, LeavesNobodyWaitingWhenTheWorldEndsDuringARestart) {
  start();
  send_and_collect("a", AddNote{"a"});
  crash("writer");
  world_.run();
  ASSERT_FALSE(pid("writer"));
}

// -- opening -------------------------------------------------------------------------------------

TEST_F(WriterTest, ItsStartFailsWithThePathAndTheReason) {
  auto wanted = options();
  wanted.path = directory_ / "missing/app.db";
  const auto outcome = try_start(wanted);
  ASSERT_FALSE(outcome.ok());
  EXPECT_TRUE(has(outcome.reason.to_string(), wanted.path.string()));
  EXPECT_TRUE(has(outcome.reason.to_string(), "No such file or directory"));
  EXPECT_TRUE(has(outcome.reason.to_string(), "failed_to_start_child(writer"));
}

TEST_F(WriterTest, ItsStartFailsWhereAnotherProcessServes) {
  {
    const auto made = must(Connection::open({.path = path(), .create = true}));
  }
  const auto guard = must(ProcessGuard::acquire(path()));
  const auto outcome = try_start(options());
  ASSERT_FALSE(outcome.ok());
  EXPECT_TRUE(has(outcome.reason.to_string(), "is being served already"));
}

TEST_F(WriterTest, AnotherFileIsNotOverwritten) {
  directory_.write("app.db", "not a database, but somebody's text");
  const auto outcome = try_start(options());
  ASSERT_FALSE(outcome.ok());
  EXPECT_TRUE(has(outcome.reason.to_string(), "corrupt: "));
}

TEST_F(WriterTest, WaitsForAVanishedDatabaseInsteadOfMakingANewOne) {
  start();
  must(execute(AddNote{"a"}));
  send_and_collect("b", AddNote{"b"}, seconds(600));
  move_database(path(), directory_ / "away.db");
  crash("writer");
  world_.advance(seconds(20));
  EXPECT_FALSE(pid("writer"));
  EXPECT_FALSE(std::filesystem::exists(path()));
  move_database(directory_ / "away.db", path());
  wait_for("writer");
  world_.run();
  EXPECT_EQ(outcome("b"), "ok");
  EXPECT_EQ(notes(), "a,b");
}

// -- a failing disk ------------------------------------------------------------------------------

/// While one is alive, no file of the process grows beyond a size.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(std::uintmax_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    (void)std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

class BrokenCommitTest : public WriterTest {
 protected:
  /// Writes a file of that size, so that a limit there doesn't touch what else the process writes.
  [[nodiscard]] std::uintmax_t wal_size() const {
    return std::filesystem::file_size(path().string() + "-wal");
  }
};

TEST_F(BrokenCommitTest, FailsItsCallersAndOpensTheDatabaseAnew) {
  start();
  must(execute(AddNote{"kept"}));
  {
    const FileSizeLimit limit(wal_size());
    send("a", AddNote{"a"});
    send("b", AddNote{"b"});
    world_.run();
  }
  EXPECT_TRUE(has(outcome("a"), "io_error: "));
  EXPECT_TRUE(has(outcome("b"), "io_error: "));
  EXPECT_TRUE(has(describe("writer"), "reopened after a failed commit: io_error"));
  EXPECT_EQ(world_.count(EventKind::actor_crash), 0U);
  must(execute(AddNote{"c"}));
  EXPECT_EQ(notes(), "kept,c");
}

TEST_F(BrokenCommitTest, CrashesWhenTheDatabaseCannotBeOpenedAnewAndChecksItLater) {
  start();
  must(execute(AddNote{"kept"}));
  {
    const FileSizeLimit limit(wal_size());
    send("a", AddNote{"a"});
    std::filesystem::rename(path(), directory_ / "away.db");
    world_.run();
  }
  EXPECT_TRUE(has(outcome("a"), "io_error: "));
  EXPECT_FALSE(pid("writer"));
  std::filesystem::rename(directory_ / "away.db", path());
  wait_for("writer");
  must(execute(AddNote{"c"}));
  EXPECT_EQ(notes(), "kept,c");
}

}  // namespace
}  // namespace coppice::db
