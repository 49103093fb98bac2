#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "actors/runtime.hpp"
#include "db/database_world.hpp"

// Many clients on real threads, reading and writing through one database.
namespace coppice::db {
namespace {

using actors::Result;
using std::chrono::seconds;

constexpr auto kPatience = seconds(30);
constexpr int kAccounts = 10;
constexpr std::int64_t kStartBalance = 1000;

/// How long the crowd is let loose; COPPICE_CONCURRENCY_SECONDS makes it longer.
seconds crowd_time() {
  const char* text = std::getenv("COPPICE_CONCURRENCY_SECONDS");
  return seconds(text == nullptr ? 10 : std::stoi(text));
}

/// Moves an amount from a row of one table to a row of another: their sums always agree.
struct Transfer {
  static constexpr std::string_view kName = "test.transfer";
  using Reply = void;

  std::int64_t from = 0;
  std::int64_t to = 0;
  std::int64_t amount = 0;
  auto fields(this auto& self) { return std::tie(self.from, self.to, self.amount); }

  [[nodiscard]] Result<void> run(Connection& db) const {
    if (auto done =
            db.execute("UPDATE savings SET balance = balance - ? WHERE id = ?", amount, from);
        !done) {
      return done;
    }
    return db.execute("UPDATE current SET balance = balance + ? WHERE id = ?", amount, to);
  }
};

constexpr std::string_view kAccountTables =
    "CREATE TABLE savings (id INTEGER PRIMARY KEY, balance INTEGER);\n"
    "CREATE TABLE current (id INTEGER PRIMARY KEY, balance INTEGER);\n"
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9)\n"
    "INSERT INTO savings SELECT i, 1000 FROM n;\n"
    "INSERT INTO current SELECT id, 0 FROM savings;\n";

struct Sums {
  std::int64_t savings = 0;
  std::int64_t current = 0;
};

/// In two statements: only a snapshot lets their results agree.
Result<Sums> read_sums(Connection& db) {
  const auto savings = query_value<std::int64_t>(db, "SELECT sum(balance) FROM savings");
  if (!savings) return std::unexpected(savings.error());
  const auto current = query_value<std::int64_t>(db, "SELECT sum(balance) FROM current");
  if (!current) return std::unexpected(current.error());
  return Sums{**savings, **current};
}

class ConcurrencyTest : public testing::Test {
 protected:
  ConcurrencyTest() {
    auto files = migration_files_with_notes();
    files.push_back({"migrations/20990101000001_accounts.up.sql", std::string(kAccountTables)});
    auto commands = std::make_shared<CommandRegistry>(example_commands());
    commands->add<Transfer>();
    commands->add("test.hold", [this](Connection& db, std::string_view) { return hold(db); });
    database_ = must(Database::create({.path = directory_ / "app.db",
                                       .pool_size = 4,
                                       .synchronous = Synchronous::normal,
                                       .commands = std::move(commands),
                                       .migrations = shared_migrations(std::move(files))}));
    const auto place = runtime_.root()->child("database", supervisor::ChildType::supervisor, "");
    const auto outcome = runtime_.start(database_spec(*database_).start, {.place = place});
    if (!outcome.ok()) throw std::runtime_error(outcome.reason.to_string());
    supervisor_ = outcome.pid;
    must(database_->wait_until_ready(runtime_, kPatience));
  }
  ~ConcurrencyTest() override { (void)runtime_.stop(supervisor_); }

  template <ReadFunction F>
  [[nodiscard]] auto read(F function) {
    return database_->read_blocking(runtime_, std::move(function), kPatience);
  }

  template <CommandType C>
  [[nodiscard]] auto execute(C command) {
    return database_->execute_blocking(runtime_, std::move(command), kPatience);
  }

  TemporaryDirectory directory_;
  std::promise<void> held_;
  std::promise<void> release_;
  actors::Runtime runtime_{{.shards = 2}};
  std::optional<Database> database_;
  actors::Pid supervisor_;

 private:
  // A command that has written and doesn't end.
  Result<std::string> hold(Connection& db) {
    if (auto done = db.execute("UPDATE savings SET balance = 0"); !done) {
      return std::unexpected(done.error());
    }
    held_.set_value();
    release_.get_future().wait();
    if (auto done = db.execute("UPDATE savings SET balance = 1000"); !done) {
      return std::unexpected(done.error());
    }
    return std::string();
  }
};

TEST_F(ConcurrencyTest, AReadFinishesWhileTheWriterIsInsideATransaction) {
  std::jthread writing([this] {
    const Command hold{.name = "test.hold", .arguments = {}, .idempotency_key = {}};
    EXPECT_TRUE(database_->execute_all_blocking(runtime_, {hold}, kPatience)[0]);
  });
  held_.get_future().wait();
  for (int i = 0; i < 10; ++i) {
    const auto sums = read(read_sums);
    EXPECT_TRUE(sums && sums->savings == kAccounts * kStartBalance);
  }
  release_.set_value();
}

TEST_F(ConcurrencyTest, AReadKeepsItsSnapshotWhileOthersCommit) {
  const auto sums = must(read([this](Connection& db) -> Result<std::vector<Sums>> {
    std::vector<Sums> seen = {must(read_sums(db))};
    auto written = std::async(std::launch::async, [this] { return execute(Transfer{1, 2, 300}); });
    must(written.get());
    seen.push_back(must(read_sums(db)));
    return seen;
  }));
  EXPECT_EQ(sums[1].savings, sums[0].savings);
  EXPECT_EQ(must(read(read_sums)).savings, sums[0].savings - 300);
}

/// What went wrong among many threads, by message.
class Problems {
 public:
  void add(const std::string& problem) {
    const std::lock_guard lock(mutex_);
    ++counts_[problem];
  }
  [[nodiscard]] std::map<std::string, int> counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, int> counts_;
};

TEST_F(ConcurrencyTest, SixtyFourClientsSeeConsistentSnapshotsAndNoBusyDatabase) {
  constexpr int kClients = 64;
  Problems problems;
  std::atomic<std::int64_t> moved = 0;
  const auto end = std::chrono::steady_clock::now() + crowd_time();
  const auto be_a_client = [&](int client) {
    for (int i = 0; i == 0 || std::chrono::steady_clock::now() < end; ++i) {
      const int amount = 1 + (i % 7);
      const auto written = execute(Transfer{client % kAccounts, (client + i) % kAccounts, amount});
      if (written) moved += amount;
      if (!written) problems.add("write: " + written.error().message());
      const auto sums = read(read_sums);
      if (!sums) problems.add("read: " + sums.error().message());
      if (sums && sums->savings + sums->current != kAccounts * kStartBalance) {
        problems.add("torn: a read saw the half of a transfer");
      }
    }
  };
  {
    std::vector<std::jthread> clients;
    clients.reserve(kClients);
    for (int client = 0; client < kClients; ++client) clients.emplace_back(be_a_client, client);
  }
  EXPECT_EQ(problems.counts(), (std::map<std::string, int>{}));
  EXPECT_EQ(must(read(read_sums)).current, moved);
}

}  // namespace
}  // namespace coppice::db
