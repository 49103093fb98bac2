#include "db/read_pool.hpp"

#include <stdexcept>

#include "db/database_world.hpp"

namespace coppice::db {
namespace {

using actors::Errc;
using actors::EventKind;
using actors::Result;
using std::chrono::seconds;

Result<std::string> read_notes(Connection& db) {
  auto notes = query_value<std::optional<std::string>>(
      db, "SELECT group_concat(text) FROM (SELECT text FROM notes ORDER BY id)");
  if (!notes) return std::unexpected(notes.error());
  return notes->value().value_or("");
}

class ReadPoolTest : public DatabaseWorldTest {
 protected:
  void start_with_readers(std::size_t count) {
    auto wanted = options();
    wanted.pool_size = count;
    start(wanted);
  }

  /// Has the client ask without letting the readers work at it.
  void send(const std::string& name, Client::ReadText function,
            actors::Duration timeout = seconds(5)) {
    world_.cast(client_, Client::Read{name, std::move(function), timeout}).ignore();
    world_.step(client_.pid());
  }

  [[nodiscard]] std::uint32_t waiting(const std::string& reader) {
    // Takes what is under way into the mailboxes.
    (void)world_.promote(pid(reader), 0);
    return must(world_.runtime().stats(pid(reader))).mailbox_depth;
  }
};

// -- reading -------------------------------------------------------------------------------------

TEST_F(ReadPoolTest, SeesWhatIsCommitted) {
  start();
  must(execute(AddNote{"a"}));
  EXPECT_EQ(must(read(read_notes)), "a");
  must(execute(AddNote{"b"}));
  EXPECT_EQ(must(read(read_notes)), "a,b");
}

TEST_F(ReadPoolTest, EachReadIsOneSnapshot) {
  start();
  must(execute(AddNote{"a"}));
  auto writer = must(Connection::open({.path = path()}));
  const auto seen = read([&writer](Connection& db) -> Result<std::string> {
    const auto before = must(read_notes(db));
    must(writer.execute("INSERT INTO notes (text) VALUES ('b')"));
    return before + "|" + must(read_notes(db));
  });
  EXPECT_EQ(must(seen), "a|a");
  EXPECT_EQ(must(read(read_notes)), "a,b");
}

TEST_F(ReadPoolTest, TakesFunctionsThatOwnWhatCannotBeCopied) {
  start();
  auto text = std::make_unique<std::string>("owned");
  const auto answer =
      read([text = std::move(text)](Connection&) -> Result<std::string> { return *text; });
  EXPECT_EQ(must(answer), "owned");
}

TEST_F(ReadPoolTest, HandsOnTheFunctionsError) {
  start();
  const auto answer = read(
      [](Connection& db) -> Result<void> { return db.execute("SELECT * FROM no_such_table"); });
  EXPECT_EQ(answer.error(), Errc::internal);
  EXPECT_TRUE(has(answer.error().context, "no_such_table"));
}

TEST_F(ReadPoolTest, TellsWhoeverReadsFirstThatTheDatabaseCannotBeOpened) {
  start();
  must(execute(AddNote{"a"}));
  const auto away = directory_ / "away.db";
  std::filesystem::rename(path(), away);
  const auto answer = read(read_notes);
  std::filesystem::rename(away, path());
  EXPECT_EQ(answer.error(), Errc::unavailable);
  EXPECT_TRUE(has(answer.error().context, "there is no database at"));
  EXPECT_EQ(world_.count(EventKind::actor_crash), 0U);
  EXPECT_EQ(must(read(read_notes)), "a");
}

TEST_F(ReadPoolTest, CannotWrite) {
  start();
  const auto answer =
      read([](Connection& db) { return db.execute("INSERT INTO notes (text) VALUES ('a')"); });
  EXPECT_EQ(answer.error(), Errc::read_only);
}

TEST_F(ReadPoolTest, PreparesAStatementOnce) {
  start_with_readers(1);
  for (int i = 0; i < 10; ++i) must(read(read_notes));
  EXPECT_TRUE(has(describe("readers/reader-1"), "10 reads, 0 interrupted"));
  const auto counts = must(read([](Connection& db) -> Result<StatementCounts> {
    must(read_notes(db));
    const auto before = db.statement_counts();
    must(read_notes(db));
    const auto after = db.statement_counts();
    return StatementCounts{after.prepared - before.prepared, after.reused - before.reused};
  }));
  EXPECT_EQ(counts.prepared, 0U);
  EXPECT_EQ(counts.reused, 1U);
}

TEST_F(ReadPoolTest, IsUnavailableBeforeItHasBeenStarted) {
  const auto database = must(Database::create(options()));
  const auto answer = run_task_blocking<int>(
      world_.runtime(),
      database.readers().read([](Connection&) -> Result<int> { return 1; }, seconds(1)),
      seconds(1));
  EXPECT_EQ(answer.error(), Errc::unavailable);
  EXPECT_EQ(answer.error().context, "a database reader has not been started");
}

// -- sharing -------------------------------------------------------------------------------------

TEST_F(ReadPoolTest, SpreadsReadsOverItsReaders) {
  start_with_readers(3);
  for (int i = 0; i < 6; ++i) send(std::to_string(i), read_notes);
  EXPECT_EQ(waiting("readers/reader-1"), 2U);
  EXPECT_EQ(waiting("readers/reader-2"), 2U);
  EXPECT_EQ(waiting("readers/reader-3"), 2U);
}

TEST_F(ReadPoolTest, PrefersTheLeastBusyReader) {
  start_with_readers(2);
  suspend("readers/reader-1");
  for (int i = 0; i < 5; ++i) {
    send(std::to_string(i), read_notes);
    world_.run();
  }
  EXPECT_EQ(waiting("readers/reader-1"), 1U);
  EXPECT_EQ(outcomes_->size(), 4U);
}

// -- deadlines -----------------------------------------------------------------------------------

TEST_F(ReadPoolTest, ACallerThatWaitedTooLongIsToldAndItsReadIsNotRun) {
  start_with_readers(1);
  suspend("readers/reader-1");
  bool ran = false;
  send(
      "late",
      [&ran](Connection&) -> Result<std::string> {
        ran = true;
        return "ran";
      },
      seconds(1));
  world_.advance(seconds(2));
  EXPECT_EQ(outcome("late"), "timeout");
  resume("readers/reader-1");
  world_.run();
  EXPECT_FALSE(ran);
}

// -- ending --------------------------------------------------------------------------------------

TEST_F(ReadPoolTest, AFunctionThatThrowsCrashesItsReaderAlone) {
  start_with_readers(2);
  const auto other = pid("readers/reader-2");
  send("throws", [](Connection&) -> Result<std::string> { throw std::runtime_error("a bug"); });
  world_.run();
  EXPECT_EQ(outcome("throws"), "down: error(std::runtime_error: a bug)");
  EXPECT_EQ(world_.count(EventKind::actor_crash), 1U);
  EXPECT_EQ(pid("readers/reader-2"), other);
  EXPECT_EQ(must(read(read_notes)), "");
}

TEST_F(ReadPoolTest, ReadsThatWaitOutliveTheirReadersCrash) {
  start_with_readers(1);
  send("throws", [](Connection&) -> Result<std::string> { throw std::runtime_error("a bug"); });
  send("waits", read_notes);
  ASSERT_TRUE(world_.run_until([&] { return outcomes_->size() == 2; }));
  EXPECT_EQ(outcome("waits"), "");
  EXPECT_TRUE(has(outcome("throws"), "a bug"));
}

TEST_F(ReadPoolTest, ReadsThatWaitOutliveARestartOfTheWriter) {
  start();
  send("waits", read_notes);
  send("waits too", read_notes);
  must(world_.call(supervisor_, supervisor::CycleChild{std::string("writer")}));
  send("comes later", read_notes);
  ASSERT_TRUE(world_.run_until([&] { return outcomes_->size() == 3; }));
  EXPECT_EQ(*outcomes_, (Outcomes{{"waits", ""}, {"waits too", ""}, {"comes later", ""}}));
}

TEST_F(ReadPoolTest, ReadsWaitWhileTheWriterIsDown) {
  start();
  crash("writer");
  world_.run();
  ASSERT_FALSE(pid("writer"));
  send("waits", read_notes);
  EXPECT_EQ(outcome("waits"), "none");
  ASSERT_TRUE(world_.run_until([&] { return outcomes_->size() == 1; }));
  EXPECT_EQ(outcome("waits"), "");
}

TEST_F(ReadPoolTest, ReadsOfAStoppedDatabaseFailAtOnce) {
  start();
  must(world_.stop(supervisor_.pid()));
  place_->stopped();
  const auto answer = read(read_notes);
  EXPECT_EQ(answer.error(), Errc::noproc);
}

}  // namespace
}  // namespace coppice::db
