#include "db/writer.hpp"

#include <csignal>
#include <fstream>
#include <sys/resource.h>

#include "db/database_world.hpp"
#include "support/unprivileged.hpp"

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

/// As a kill would leave it.
void copy_database(const std::filesystem::path& from, const std::filesystem::path& to) {
  for (const std::string suffix : {"", "-wal", "-shm"}) {
    std::filesystem::copy_file(from.string() + suffix, to.string() + suffix);
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
  start_with_batches_of({.bytes = 2000});
  for (const std::string name : {"a", "b", "c"}) send(name, AddNote{std::string(900, name[0])});
  world_.run();
  EXPECT_TRUE(has(describe("writer"), "2 batches of 3 commands, the last of 1"));
}

TEST_F(WriterTest, ABatchWithoutAnyTimeStillTakesOneCommand) {
  start_with_batches_of({.time = actors::Duration::zero()});
  for (const std::string name : {"a", "b"}) send(name, AddNote{name});
  for (int turns = 0; turns < 1'000 && world_.step(); ++turns) continue;
  EXPECT_EQ(notes(), "a,b");
  EXPECT_TRUE(has(describe("writer"), "2 batches of 2 commands, the last of 1"));
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

TEST_F(WriterTest, ACrashFailsWhatTheBatchHadBegunAndRunsTheRestAfterTheRestart) {
  start();
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

TEST_F(WriterTest, MakesNoNewDatabaseWhereOneHasVanished) {
  start();
  must(execute(AddNote{"a"}));
  move_database(path(), directory_ / "away.db");
  crash("writer");
  wait_for("writer");
  EXPECT_EQ(execute(AddNote{"b"}).error(), Errc::not_found);
  EXPECT_TRUE(has(describe("writer"), "takes no writes: not_found: there is no database at"));
  EXPECT_FALSE(std::filesystem::exists(path()));
  move_database(directory_ / "away.db", path());
  world_.advance(seconds(20));
  must(execute(AddNote{"c"}));
  EXPECT_EQ(notes(), "a,c");
}

// -- runs that may lose commits ------------------------------------------------------------------

class RunTest : public WriterTest {
 protected:
  void start_with(Synchronous synchronous) {
    auto wanted = options();
    wanted.synchronous = synchronous;
    start(wanted);
  }

  /// The next run of a database that was killed at this moment.
  void restart_as_killed(Synchronous next) {
    auto wanted = options();
    wanted.path = directory_ / "killed.db";
    wanted.synchronous = next;
    copy_database(path(), wanted.path);
    must(world_.stop(supervisor_.pid()));
    start(wanted);
  }
};

TEST_F(RunTest, OneThatMayHaveLostCommitsIsFollowedByAnEpoch) {
  start_with(Synchronous::normal);
  const auto before = must(execute(AddNote{"a"})).position;
  restart_as_killed(Synchronous::normal);
  const auto after = must(execute(AddNote{"b"})).position;
  EXPECT_GT(after.epoch, before.epoch);
  EXPECT_EQ(database_->position(), after);
  EXPECT_EQ(must(execute(AddNote{"c"})).position.epoch, after.epoch) << "but by one only";
}

TEST_F(RunTest, SoItIsWhenTheNextOneLosesNone) {
  start_with(Synchronous::normal);
  const auto before = must(execute(AddNote{"a"})).position;
  restart_as_killed(Synchronous::full);
  EXPECT_GT(must(execute(AddNote{"b"})).position.epoch, before.epoch);
}

TEST_F(RunTest, OneThatLosesNoneIsNot) {
  start_with(Synchronous::full);
  const auto before = must(execute(AddNote{"a"})).position;
  restart_as_killed(Synchronous::normal);
  EXPECT_EQ(must(execute(AddNote{"b"})).position, (Position{before.epoch, before.sequence + 1}));
}

TEST_F(RunTest, OneThatEndsCleanlyIsNot) {
  start_with(Synchronous::normal);
  const auto before = must(execute(AddNote{"a"})).position;
  must(world_.stop(supervisor_.pid()));
  start_with(Synchronous::normal);
  EXPECT_EQ(must(execute(AddNote{"b"})).position, (Position{before.epoch, before.sequence + 1}));
}

TEST_F(RunTest, ACrashOfTheWriterEndsNone) {
  start_with(Synchronous::normal);
  const auto before = must(execute(AddNote{"a"})).position;
  crash("writer");
  wait_for("writer");
  EXPECT_EQ(must(execute(AddNote{"b"})).position, (Position{before.epoch, before.sequence + 1}));
}

TEST_F(RunTest, ADatabaseThatProvesDamagedWhenOneBeginsIsDistrusted) {
  start_with(Synchronous::normal);
  must(execute(AddNote{"a"}));
  must(world_.stop(supervisor_.pid()));
  start_with(Synchronous::normal);
  {
    auto other = must(Connection::open({.path = path()}));
    must(other.execute("INSERT INTO notes (text) VALUES ('b')"));
    must(other.execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  }
  const std::string damaged(std::filesystem::file_size(path()), 'x');
  std::ofstream(path(), std::ios::binary | std::ios::trunc) << damaged;
  EXPECT_EQ(execute(AddNote{"lost"}).error(), Errc::corrupt);
  EXPECT_TRUE(has(describe("writer"), "opened anew after: corrupt"));
}

TEST_F(RunTest, KeepsWhatSomebodyElseSaysOfTheFile) {
  {
    auto made = must(Connection::open({.path = path(), .create = true}));
    must(made.execute("PRAGMA user_version = 7"));
  }
  start_with(Synchronous::normal);
  must(execute(AddNote{"a"}));
  must(world_.stop(supervisor_.pid()));
  auto db = must(Connection::open({.path = path(), .read_only = true}));
  EXPECT_EQ(must(query_value<std::int64_t>(db, "PRAGMA user_version")), 7);
}

// -- a file that is not where it was ------------------------------------------------------------

TEST_F(WriterTest, RefusesWritesOnceItsFileIsMovedUntilItIsBack) {
  start();
  must(execute(AddNote{"a"}));
  std::filesystem::rename(path(), directory_ / "away.db");
  const auto refused = execute(AddNote{"lost"});
  EXPECT_EQ(refused.error(), Errc::unavailable);
  EXPECT_TRUE(has(refused.error().context, path().string() + " was moved or deleted"));
  EXPECT_EQ(database_->check_writes().error(), refused.error());
  EXPECT_TRUE(has(describe("writer"), "takes no writes: unavailable: "));
  std::filesystem::rename(directory_ / "away.db", path());
  world_.advance(seconds(1));
  must(database_->check_writes());
  must(execute(AddNote{"b"}));
  EXPECT_EQ(notes(), "a,b");
  EXPECT_EQ(world_.count(EventKind::actor_crash), 0U);
}

TEST_F(WriterTest, IsToldOfAMovedFileWithoutAWriteByWhoAsksNowAndThen) {
  start();
  must(database_->check_writes());
  std::filesystem::remove(path());
  world_.advance(seconds(10));
  std::ignore = database_->check_writes();
  world_.run();
  EXPECT_EQ(database_->check_writes().error(), Errc::unavailable);
}

TEST_F(WriterTest, NeitherWritesNorReadsWhatHasTakenThePlaceOfItsFile) {
  start();
  must(execute(AddNote{"a"}));
  const auto kept = directory_ / "kept.db";
  std::filesystem::create_hard_link(path(), kept);
  {
    const auto other = must(Connection::open({.path = directory_ / "other.db", .create = true}));
  }
  std::filesystem::rename(directory_ / "other.db", path());
  const auto refused = execute(AddNote{"lost"});
  EXPECT_EQ(refused.error(), Errc::unavailable);
  EXPECT_TRUE(has(refused.error().context, "another file has been put in the place of "));
  const auto answer =
      read([](Connection& db) { return query_value<std::int64_t>(db, "SELECT 1"); });
  EXPECT_EQ(answer.error(), Errc::unavailable);
  crash("writer");
  wait_for("writer");
  EXPECT_EQ(execute(AddNote{"lost"}).error(), Errc::unavailable) << "after a restart as well";
  std::filesystem::rename(kept, path());
  world_.advance(seconds(20));
  must(execute(AddNote{"b"}));
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

TEST_F(BrokenCommitTest, FailsItsCallersAndIsFollowedByNoWriteBeforeOneSucceeds) {
  start();
  must(execute(AddNote{"kept"}));
  // The log stays when the writer's connection ends, as long as somebody reads.
  const auto reader = must(Connection::open({.path = path(), .read_only = true}));
  {
    const FileSizeLimit limit(wal_size());
    send("a", AddNote{"a"});
    send("b", AddNote{"b"});
    world_.run();
  }
  EXPECT_TRUE(has(outcome("a"), "io_error: "));
  EXPECT_TRUE(has(outcome("b"), "io_error: "));
  EXPECT_TRUE(has(describe("writer"), "opened anew after: io_error"));
  EXPECT_EQ(database_->check_writes().error(), Errc::io_error);
  world_.advance(seconds(2));
  EXPECT_EQ(world_.count(EventKind::actor_crash), 0U);
  must(execute(AddNote{"c"}));
  EXPECT_EQ(notes(), "kept,c");
}

TEST_F(BrokenCommitTest, RefusesWritesWhileTheDatabaseCannotBeOpenedAnew) {
  start();
  must(execute(AddNote{"kept"}));
  const auto reader = must(Connection::open({.path = path(), .read_only = true}));
  {
    const FileSizeLimit limit(wal_size());
    send("a", AddNote{"a"});
    world_.run();
    std::filesystem::rename(path(), directory_ / "away.db");
  }
  world_.advance(seconds(2));
  EXPECT_TRUE(has(outcome("a"), "io_error: "));
  EXPECT_EQ(execute(AddNote{"b"}).error(), Errc::not_found);
  EXPECT_EQ(database_->check_writes().error(), Errc::not_found);
  EXPECT_TRUE(has(describe("writer"), "takes no writes: not_found: there is no database at"));
  std::filesystem::rename(directory_ / "away.db", path());
  world_.advance(seconds(20));
  must(execute(AddNote{"c"}));
  must(database_->check_writes());
  EXPECT_EQ(notes(), "kept,c");
  EXPECT_EQ(world_.count(EventKind::actor_crash), 0U);
}

/// One page of a database file, overwritten until it is mended.
class DamagedPage {
 public:
  DamagedPage(std::filesystem::path file, std::int64_t page)
      : file_(std::move(file)), offset_((page - 1) * kSize) {
    std::fstream stream(file_, std::ios::in | std::ios::binary);
    stream.seekg(offset_).read(sound_.data(), kSize);
    write(std::string(kSize, '\x5a'));
  }
  void mend() { write(sound_); }

 private:
  static constexpr std::int64_t kSize = 4096;
  void write(const std::string& bytes) {
    std::fstream stream(file_, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(offset_).write(bytes.data(), kSize);
  }

  const std::filesystem::path file_;
  const std::int64_t offset_;
  std::string sound_ = std::string(kSize, '\0');
};

TEST_F(WriterTest, RefusesWritesToADamagedDatabaseUntilItIsSound) {
  start();
  must(execute(AddNote{"kept"}));
  std::int64_t page = 0;
  {
    auto connection = must(Connection::open({.path = path()}));
    must(connection.execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    page = must(query_value<std::int64_t>(
                    connection, "SELECT rootpage FROM sqlite_schema WHERE name = 'notes'"))
               .value();
  }
  DamagedPage damage(path(), page);
  crash("writer");
  wait_for("writer");
  EXPECT_EQ(execute(AddNote{"a"}).error(), Errc::corrupt);
  EXPECT_EQ(execute(ClearNotes{}).error(), Errc::corrupt);
  EXPECT_EQ(database_->check_writes().error(), Errc::corrupt);
  EXPECT_TRUE(has(describe("writer"), "the database is damaged: "));
  crash("writer");
  wait_for("writer");
  EXPECT_EQ(execute(AddNote{"a"}).error(), Errc::corrupt) << "and its readers are not kept down";
  EXPECT_TRUE(read([](Connection& db) { return query_value<std::int64_t>(db, "SELECT 1"); }));
  damage.mend();
  world_.advance(seconds(20));
  must(execute(AddNote{"b"}));
  EXPECT_EQ(notes(), "kept,b");
}

// -- another process that writes -----------------------------------------------------------------

class BusyDatabaseTest : public WriterTest {
 protected:
  void SetUp() override {
    auto wanted = options();
    wanted.busy_timeout = std::chrono::milliseconds(20);
    start(wanted);
  }

  [[nodiscard]] Connection somebody_who_writes() {
    auto other = must(Connection::open({.path = path()}));
    must(other.execute("BEGIN IMMEDIATE"));
    return other;
  }
};

TEST_F(BusyDatabaseTest, ThoseWhoWaitedTooLongAreToldWhyAndNothingOfTheirsIsRun) {
  auto other = somebody_who_writes();
  send("a", AddNote{"a"});
  send("b", AddNote{"b"});
  world_.run();
  for (const auto* name : {"a", "b"}) {
    EXPECT_TRUE(has(outcome(name), "busy: another process has been writing to the database"));
  }
  must(other.execute("COMMIT"));
  EXPECT_EQ(notes(), "");
}

TEST_F(BusyDatabaseTest, TheNextOnesRunOnceTheOtherIsDone) {
  auto other = somebody_who_writes();
  EXPECT_EQ(execute(AddNote{"a"}).error(), Errc::busy);
  must(database_->check_writes());
  must(other.execute("COMMIT"));
  must(execute(AddNote{"b"}));
  EXPECT_EQ(notes(), "b");
  EXPECT_FALSE(has(describe("writer"), "opened anew"));
  EXPECT_EQ(world_.count(EventKind::actor_crash), 0U);
}

TEST_F(BusyDatabaseTest, ReadsGoOnMeanwhile) {
  auto other = somebody_who_writes();
  EXPECT_EQ(execute(AddNote{"a"}).error(), Errc::busy);
  EXPECT_TRUE(read([](Connection& db) { return query_value<std::int64_t>(db, "SELECT 1"); }));
  must(other.execute("COMMIT"));
}

// -- states in which nothing is written ----------------------------------------------------------

class FullDiskTest : public WriterTest {
 protected:
  static constexpr std::uint64_t kReserve = 64UL << 20U;
  static constexpr std::uint64_t kEnough = 72UL << 20U;  ///< After it had been too little.

  void start_with_free_space(std::uint64_t bytes) {
    *free_ = bytes;
    auto wanted = options();
    wanted.free_space_reserve = kReserve;
    wanted.measure_free_space = [free = free_](const auto&) { return *free; };
    start(wanted);
  }

  std::shared_ptr<std::uint64_t> free_ = std::make_shared<std::uint64_t>();
};

TEST_F(FullDiskTest, RefusesWritesBeforeTheDiskIsFullAndSaysWhy) {
  start_with_free_space(kReserve);
  must(execute(AddNote{"a"}));
  *free_ = kReserve - 1;
  const auto refused = execute(AddNote{"b"});
  EXPECT_EQ(refused.error(), Errc::disk_full);
  EXPECT_TRUE(
      has(refused.error().context, "63 MiB are free beside the database, fewer than the 64"));
  EXPECT_EQ(database_->check_writes().error(), refused.error());
  EXPECT_TRUE(has(describe("writer"), "takes no writes: disk_full: 63 MiB are free"));
  EXPECT_EQ(notes(), "a");
}

TEST_F(FullDiskTest, GoesOnByItselfWhenThereIsSpaceAgain) {
  start_with_free_space(kReserve);
  *free_ = 0;
  EXPECT_FALSE(execute(AddNote{"a"}));
  *free_ = kEnough;
  world_.advance(seconds(1));
  must(database_->check_writes());
  must(execute(AddNote{"b"}));
  EXPECT_EQ(notes(), "b");
}

TEST_F(FullDiskTest, AWriteDoesNotWaitForTheNextLookAtTheSpace) {
  start_with_free_space(kReserve);
  *free_ = 0;
  EXPECT_FALSE(execute(AddNote{"a"}));
  *free_ = kEnough;
  must(execute(AddNote{"b"}));
  must(database_->check_writes());
}

TEST_F(FullDiskTest, IsNoticedWithoutAWriteByWhoAsksNowAndThen) {
  start_with_free_space(kReserve);
  must(database_->check_writes());
  *free_ = 0;
  world_.advance(seconds(10));
  std::ignore = database_->check_writes();
  world_.run();
  EXPECT_EQ(database_->check_writes().error(), Errc::disk_full);
}

TEST_F(FullDiskTest, ReadsGoOn) {
  start_with_free_space(kReserve);
  must(execute(AddNote{"a"}));
  *free_ = 0;
  EXPECT_FALSE(execute(AddNote{"b"}));
  const auto count = [](Connection& db) {
    return query_value<std::int64_t>(db, "SELECT count(*) FROM notes");
  };
  EXPECT_EQ(must(read(count)), 1);
}

TEST_F(FullDiskTest, MigrationsWaitForSpace) {
  start_with_free_space(0);
  EXPECT_FALSE(database_->readiness().ready());
  EXPECT_TRUE(has(database_->readiness().report().reason, "disk_full: 0 MiB are free"));
  *free_ = kEnough;
  world_.advance(seconds(2));
  EXPECT_TRUE(database_->readiness().ready());
}

TEST_F(FullDiskTest, ADatabaseThatIsUpToDateIsServedAllTheSame) {
  start();
  must(world_.stop(supervisor_.pid()));
  start_with_free_space(0);
  EXPECT_TRUE(database_->readiness().ready());
  EXPECT_EQ(execute(AddNote{"a"}).error(), Errc::disk_full);
}

class ReadOnlyFileTest : public WriterTest {
 protected:
  void SetUp() override {
    nobody_.emplace(directory_.path());
    if (!Unprivileged::holds()) GTEST_SKIP() << "root can't give up its rights here";
    start();
    must(execute(AddNote{"kept"}));
    must(world_.stop(supervisor_.pid()));
    allow_writing(false);
    start();
  }

  void allow_writing(bool allowed) {
    using std::filesystem::perms;
    const auto wanted = allowed ? perms::owner_read | perms::owner_write : perms::owner_read;
    for (const std::string suffix : {"", "-wal", "-shm"}) {
      std::error_code missing;
      std::filesystem::permissions(path().string() + suffix, wanted, missing);
    }
  }

  void TearDown() override { nobody_.reset(); }

 private:
  std::optional<Unprivileged> nobody_;
};

TEST_F(ReadOnlyFileTest, IsServedAsItIs) {
  EXPECT_TRUE(database_->readiness().ready());
  EXPECT_EQ(notes(), "kept");
  EXPECT_EQ(execute(AddNote{"a"}).error(), Errc::read_only);
  EXPECT_EQ(database_->check_writes().error(), Errc::read_only);
  EXPECT_TRUE(has(describe("writer"), "takes no writes: read_only: "));
  EXPECT_EQ(world_.count(EventKind::actor_crash), 0U);
}

TEST_F(ReadOnlyFileTest, TakesWritesAfterARestartOnceItMayBeWritten) {
  EXPECT_TRUE(has(describe("writer"), "restart /database/writer once it may be written"));
  allow_writing(true);
  crash("writer");
  wait_for("writer");
  must(execute(AddNote{"a"}));
  EXPECT_EQ(notes(), "kept,a");
}

TEST_F(WriterTest, ABatchThatCannotHaveAPositionIsUndoneAndTheDatabaseOpenedAnew) {
  start();
  must(execute(AddNote{"a"}));
  EXPECT_EQ(execute(RunSql{"DELETE FROM coppice_position"}).error(), Errc::corrupt);
  EXPECT_TRUE(has(describe("writer"), "opened anew after: corrupt"));
  must(execute(AddNote{"b"}));
  EXPECT_EQ(notes(), "a,b");
}

TEST_F(WriterTest, ACommandsOwnErrorIsNotTakenForTheDatabases) {
  start();
  for (const auto code : {Errc::corrupt, Errc::disk_full, Errc::io_error, Errc::read_only}) {
    EXPECT_EQ(execute(Refuse{static_cast<int>(code)}).error(), code);
    must(database_->check_writes());
  }
  EXPECT_FALSE(has(describe("writer"), "opened anew"));
}

TEST_F(WriterTest, TellsInTimeThatACommandWasNotRun) {
  start();
  send_and_collect("late", AddNote{"late"}, seconds(1));
  suspend("writer");
  world_.advance(seconds(1) + std::chrono::milliseconds(50));
  resume("writer");
  world_.run();
  EXPECT_EQ(outcome("late"), "timeout: notes.add waited too long and was not run");
}

TEST_F(WriterTest, ARestartThatAnOperatorOrdersLosesNothing) {
  start();
  suspend("writer");
  send("a", AddNote{"a"});
  send("b", AddNote{"b"});
  ASSERT_TRUE(world_.call(supervisor_, supervisor::CycleChild{"writer"}));
  world_.run();
  EXPECT_EQ(*outcomes_, (Outcomes{{"a", "ok"}, {"b", "ok"}}));
  EXPECT_EQ(notes(), "a,b");
}

// -- fairness ------------------------------------------------------------------------------------

TEST_F(WriterTest, AFloodOfOneClientTakesNoOthersTurn) {
  start_with_batches_of({.commands = 2});
  for (const std::string name : {"a", "b", "c", "d", "e"}) send(name, AddNote{name});
  const auto other = world_.spawn<Client>(*database_, outcomes_);
  world_.cast(other, Client::Write{"other", to_command(AddNote{"other"})}).ignore();
  world_.step(other.pid());
  world_.run();
  EXPECT_EQ(notes(), "a,other,b,c,d,e");
}

TEST_F(WriterTest, CommandsBehindOneThatLostTheTransactionRunInTheNextBatch) {
  start();
  must(execute(AddNote{"taken"}));
  send("a", AddNote{"a"});
  send("loses", RunSql{"INSERT OR ROLLBACK INTO notes (text) VALUES ('taken')"});
  send("b", AddNote{"b"});
  world_.run();
  EXPECT_EQ(outcome("a"), "ok");
  EXPECT_TRUE(has(outcome("loses"), "conflict: "));
  EXPECT_EQ(outcome("b"), "ok");
  EXPECT_EQ(notes(), "taken,a,b");
}

TEST_F(WriterTest, ACommandThatLosesTheTransactionWithItsSecondRunCostsNobodyElse) {
  RollBackOnSecondRun::runs = 0;
  start();
  send("a", AddNote{"a"});
  send("loses", RollBackOnSecondRun{});
  send("fails", AddNoteThenFail{"lost"});
  send("b", AddNote{"b"});
  world_.run();
  EXPECT_EQ(outcome("a"), "ok");
  EXPECT_TRUE(has(outcome("loses"), "conflict: "));
  EXPECT_EQ(outcome("fails"), "forbidden: not this one");
  EXPECT_EQ(outcome("b"), "ok");
  EXPECT_EQ(notes(), "a,b");
}

}  // namespace
}  // namespace coppice::db
