#include "db/database.hpp"

#include <atomic>
#include <future>
#include <set>
#include <thread>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include "db/database_world.hpp"

namespace coppice::db {
namespace {

using actors::Errc;
using actors::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace asio = boost::asio;

// -- options -------------------------------------------------------------------------------------

class DatabaseOptionsTest : public testing::Test {
 protected:
  DatabaseOptions options_{
      .path = "app.db", .commands = shared_commands(), .migrations = shared_migrations({})};

  std::string refusal() {
    const auto database = Database::create(options_);
    return database ? "none" : database.error().message();
  }
};

TEST_F(DatabaseOptionsTest, AcceptsDefaults) { EXPECT_EQ(refusal(), "none"); }

TEST_F(DatabaseOptionsTest, NeedsAPath) {
  options_.path.clear();
  EXPECT_EQ(refusal(), "invalid_argument: path: there is none");
}

TEST_F(DatabaseOptionsTest, BoundsThePool) {
  options_.pool_size = 0;
  EXPECT_EQ(refusal(), "invalid_argument: pool_size: 0 is not between 1 and 64");
  options_.pool_size = 65;
  EXPECT_EQ(refusal(), "invalid_argument: pool_size: 65 is not between 1 and 64");
}

TEST_F(DatabaseOptionsTest, NeedsCommandsAndMigrations) {
  options_.migrations.reset();
  EXPECT_EQ(refusal(), "invalid_argument: migrations: there are none");
  options_.commands.reset();
  EXPECT_EQ(refusal(), "invalid_argument: commands: there are none");
}

TEST_F(DatabaseOptionsTest, UsesTheReadinessThatItIsGiven) {
  options_.readiness = std::make_shared<Readiness>();
  EXPECT_EQ(&must(Database::create(options_)).readiness(), options_.readiness.get());
}

// -- with threads --------------------------------------------------------------------------------

class DatabaseThreadsTest : public testing::Test {
 protected:
  ~DatabaseThreadsTest() override {
    if (supervisor_) (void)runtime_.stop(supervisor_);
  }

  void start(std::size_t readers) {
    database_ =
        must(Database::create({.path = directory_ / "app.db",
                               .pool_size = readers,
                               .synchronous = Synchronous::normal,
                               .batch = {.commands = 8},
                               .commands = shared_commands(),
                               .migrations = shared_migrations(migration_files_with_notes())}));
    place_ = runtime_.root()->child("database", supervisor::ChildType::supervisor, "");
    const auto outcome = runtime_.start(database_spec(*database_).start, {.place = place_});
    if (!outcome.ok()) throw std::runtime_error(outcome.reason.to_string());
    supervisor_ = outcome.pid;
    must(database_->wait_until_ready(runtime_, seconds(10)));
  }

  template <ReadFunction F>
  [[nodiscard]] auto read(F function, actors::Duration timeout = seconds(30)) {
    return database_->read_blocking(runtime_, std::move(function), timeout);
  }

  TemporaryDirectory directory_;
  actors::Runtime runtime_{{.shards = 2}};
  std::optional<Database> database_;
  std::shared_ptr<actors::Place> place_;
  actors::Pid supervisor_;
};

TEST_F(DatabaseThreadsTest, ReadsSeeWholeCommitsWhileOthersWrite) {
  start(3);
  constexpr int kNotes = 60;
  constexpr int kReaders = 4;
  std::atomic<int> torn = 0;
  std::atomic<int> failed = 0;
  std::atomic<bool> done = false;
  const auto count_twice = [](Connection& db) -> Result<bool> {
    const auto first = query_value<std::int64_t>(db, "SELECT count(*) FROM notes");
    if (!first) return std::unexpected(first.error());
    const auto second = query_value<std::int64_t>(db, "SELECT count(*) FROM notes");
    if (!second) return std::unexpected(second.error());
    return **first == **second;
  };
  std::vector<std::jthread> readers;
  readers.reserve(kReaders);
  for (int i = 0; i < kReaders; ++i) {
    readers.emplace_back([&] {
      do {
        const auto same = read(count_twice);
        if (!same) ++failed;
        if (same && !*same) ++torn;
      } while (!done);
    });
  }
  for (int i = 0; i < kNotes; ++i) {
    must(database_->execute_blocking(runtime_, AddNote{std::to_string(i)}, seconds(30)));
  }
  done = true;
  readers.clear();
  EXPECT_EQ(torn, 0);
  EXPECT_EQ(failed, 0);
}

TEST_F(DatabaseThreadsTest, InterruptsAReadAtItsDeadlineAndGoesOnWithTheNext) {
  start(1);
  const auto endless = read([](Connection& db) { return db.execute(kEndless); }, milliseconds(20));
  EXPECT_EQ(endless.error(), Errc::timeout);
  const auto next =
      read([](Connection& db) { return query_value<std::string>(db, "SELECT 'next'"); });
  EXPECT_EQ(must(next), "next");
}

TEST_F(DatabaseThreadsTest, ALongReadDoesNotHoldUpTheOthers) {
  start(2);
  std::promise<void> begun;
  std::promise<void> finish;
  std::jthread slow([&] {
    must(read([&](Connection&) -> Result<void> {
      begun.set_value();
      finish.get_future().wait();
      return {};
    }));
  });
  begun.get_future().wait();
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(read([](Connection& db) { return db.execute("SELECT 1"); }));
  }
  finish.set_value();
}

asio::awaitable<std::string> write_and_read(Database database) {
  AddNote command{"from Asio"};
  const auto written =
      co_await database.async_execute(std::move(command), seconds(30), asio::use_awaitable);
  if (!written) co_return written.error().message();
  const auto text = co_await database.async_read(
      [](Connection& db) { return query_value<std::string>(db, "SELECT text FROM notes"); },
      seconds(30), asio::use_awaitable);
  co_return text ? text->value_or("nothing") : text.error().message();
}

TEST_F(DatabaseThreadsTest, ServesAsioCodeOnAShard) {
  start(2);
  auto text = asio::co_spawn(runtime_.shard(1).io(), write_and_read(*database_), asio::use_future);
  EXPECT_EQ(text.get(), "from Asio");
}

// Notes that were acknowledged are there, once; nothing is there of a batch that a bug cut short.
TEST_F(DatabaseThreadsTest, AnswersMeanDurableWhateverEndsTheWriter) {
  start(1);
  constexpr int kCallers = 4;
  constexpr int kNotesOfEach = 20;
  constexpr int kDrills = 3;
  std::vector<std::vector<std::string>> acknowledged(kCallers);
  const auto call = [&](std::size_t caller) {
    for (int i = 0; i < kNotesOfEach; ++i) {
      const auto text = std::to_string(caller) + "-" + std::to_string(i);
      const auto done = database_->execute_blocking(runtime_, AddNote{text}, seconds(60));
      if (done) acknowledged[caller].push_back(text);
      if (caller == 0 && i == 10) {
        EXPECT_EQ(database_->execute_blocking(runtime_, Throw{}, seconds(60)).error(), Errc::down);
      }
    }
  };
  {
    std::vector<std::jthread> callers;
    callers.reserve(kCallers);
    for (std::size_t caller = 0; caller < kCallers; ++caller) callers.emplace_back(call, caller);
    for (int i = 0; i < kDrills; ++i) {
      must(read([](Connection& db) { return db.execute("SELECT 1"); }));
      runtime_.crash(place_->find("writer")->pid(), "drill");
    }
  }
  const auto rows =
      must(read([](Connection& db) { return query<std::string>(db, "SELECT text FROM notes"); }));
  std::multiset<std::string> stored;
  for (const auto& [text] : rows) stored.insert(text);
  EXPECT_EQ(stored.count("thrown away"), 0U);
  for (const auto& texts : acknowledged) {
    for (const auto& text : texts) EXPECT_EQ(stored.count(text), 1U) << text;
  }
}

// -- reading at a position -----------------------------------------------------------------------

/// Reads as soon as the database has come to a position.
class PatientReader final : public actors::Server<PatientReader> {
 public:
  PatientReader(Database database, std::shared_ptr<Outcomes> outcomes)
      : database_(std::move(database)), outcomes_(std::move(outcomes)) {}

  struct Read {
    Position position;
  };
  actors::Task<void> handle(Read message) {
    auto count = [](Connection& db) {
      return query_value<std::string>(db, "SELECT group_concat(text) FROM notes");
    };
    const auto read = co_await database_.read_at_least(message.position, count, seconds(1));
    (*outcomes_)["read"] = read ? read->value_or("no row") : read.error().message();
  }

 private:
  Database database_;
  std::shared_ptr<Outcomes> outcomes_;
};

class ReadAtLeastTest : public DatabaseWorldTest {
 protected:
  ReadAtLeastTest() {
    start();
    now_ = must(execute(AddNote{"a"})).position;
    reader_ = world_.spawn<PatientReader>(*database_, outcomes_);
  }

  void ask_for(Position position) {
    world_.cast(reader_, PatientReader::Read{position}).ignore();
    world_.run();
  }

  [[nodiscard]] Position next() const { return {now_.epoch, now_.sequence + 1}; }

  Position now_;
  actors::Ref<PatientReader> reader_;
};

TEST_F(ReadAtLeastTest, AnswersAtOnceWhenThePositionIsThere) {
  ask_for(now_);
  EXPECT_EQ(outcome("read"), "a");
}

TEST_F(ReadAtLeastTest, WaitsForThePosition) {
  ask_for(next());
  EXPECT_EQ(outcome("read"), "none");
  must(execute(AddNote{"b"}));
  world_.advance(milliseconds(20));
  EXPECT_EQ(outcome("read"), "a,b");
}

TEST_F(ReadAtLeastTest, GivesUpAfterItsTimeout) {
  ask_for(next());
  world_.advance(seconds(1));
  EXPECT_EQ(outcome("read"),
            "timeout: the database has not come to position " + to_string(next()) + " in time");
}

TEST_F(ReadAtLeastTest, ALaterEpochHasEveryPositionOfTheEarlierOnes) {
  must(execute(RunSql{"UPDATE coppice_position SET epoch = epoch + 1"}));
  ask_for({now_.epoch, now_.sequence + 100});
  EXPECT_EQ(outcome("read"), "a");
}

}  // namespace
}  // namespace coppice::db
