#include "db/read_limit.hpp"

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>

#include <gtest/gtest.h>

#include "actors/runtime.hpp"
#include "db/database_world.hpp"

namespace coppice::db {
namespace {

using actors::Errc;
using actors::Result;
using actors::Time;
using std::chrono::milliseconds;
using std::chrono::seconds;

const Standing kPrimary{.role = Role::primary};
const Standing kReplica{.role = Role::replica, .primary = "node-a"};
const Standing kOrphan{.role = Role::orphan};
const Standing kDown{.role = Role::down, .why = "the mount is dead"};

constexpr Time at(int ms) { return Time(milliseconds(100'000 + ms)); }

std::shared_ptr<Replication> replication_as(const Standing& standing) {
  auto recorded = [count = std::uint64_t{0}]() mutable -> Result<std::uint64_t> { return ++count; };
  return std::make_shared<Replication>(standing, recorded);
}

TEST(ReadLimit, IsWhatWasAskedForWhereNothingArrives) {
  for (const auto& standing : {kPrimary, kDown}) {
    const auto replication = replication_as(standing);
    ReadLimit limit(*replication, at(5000));
    EXPECT_EQ(limit.end(at(0)), at(5000));
    EXPECT_EQ(limit.end(at(4000)), at(5000));
  }
}

TEST(ReadLimit, IsShortOnAReplica) {
  for (const auto& standing : {kReplica, kOrphan}) {
    const auto replication = replication_as(standing);
    ReadLimit limit(*replication, at(5000));
    EXPECT_EQ(limit.end(at(0)), at(500));
    EXPECT_EQ(limit.end(at(400)), at(500)) << "it does not begin anew";
  }
}

TEST(ReadLimit, IsNeverLongerThanWhatWasAskedFor) {
  const auto replication = replication_as(kReplica);
  ReadLimit limit(*replication, at(100));
  EXPECT_EQ(limit.end(at(0)), at(100));
}

TEST(ReadLimit, IsShortFromTheMomentTheNodeIsThePrimaryNoMore) {
  const auto replication = replication_as(kPrimary);
  ReadLimit limit(*replication, at(5000));
  EXPECT_EQ(limit.end(at(1000)), at(5000));
  replication->stand(kReplica);
  EXPECT_EQ(limit.end(at(1001)), at(1501));
  replication->stand(kPrimary);
  EXPECT_EQ(limit.end(at(1002)), at(1501));
}

/// A database on real threads, so that a role may go while a read is at work.
class RunningReadTest : public testing::Test {
 protected:
  RunningReadTest() {
    database_ =
        must(Database::create({.path = directory_ / "app.db",
                               .pool_size = 1,
                               .synchronous = Synchronous::normal,
                               .commands = shared_commands(),
                               .migrations = shared_migrations(migration_files_with_notes()),
                               .replication = replication_as(kPrimary)}));
    const auto place = runtime_.root()->child("database", supervisor::ChildType::supervisor, "");
    const auto outcome = runtime_.start(database_spec(*database_).start, {.place = place});
    if (!outcome.ok()) throw std::runtime_error(outcome.reason.to_string());
    supervisor_ = outcome.pid;
    must(database_->wait_until_ready(runtime_, seconds(60)));
  }
  ~RunningReadTest() override { (void)runtime_.stop(supervisor_); }

  TemporaryDirectory directory_;
  actors::Runtime runtime_{{.shards = 1}};
  std::optional<Database> database_;
  actors::Pid supervisor_;
};

// A read that keeps what it asked for would be at work for an hour.
TEST_F(RunningReadTest, EndsSoonOnceTheNodeIsThePrimaryNoMore) {
  std::promise<void> begun;
  auto reading = std::async(std::launch::async, [&] {
    const auto read = [&begun](Connection& db) -> Result<void> {
      begun.set_value();
      return db.execute(kEndless);
    };
    return database_->read_blocking(runtime_, read, std::chrono::hours(1));
  });
  begun.get_future().wait();
  database_->follow(kReplica);
  const auto ended = reading.get();
  EXPECT_EQ(ended.error(), Errc::timeout) << ended.error().message();
}

}  // namespace
}  // namespace coppice::db
