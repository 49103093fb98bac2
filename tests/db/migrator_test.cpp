#include "db/migrator.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "db/database_world.hpp"

namespace coppice::db {
namespace {

using actors::Errc;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kOfALaterRelease =
    "INSERT INTO schema_migrations VALUES (20991231000000, '2099-12-31T00:00:00');"
    "INSERT INTO coppice_migrations VALUES (20991231000000, 'rings', '')";

class MigratorTest : public DatabaseWorldTest {
 protected:
  /// A database that somebody else has prepared.
  void prepare(std::string_view sql) {
    auto connection = must(Connection::open({.path = path(), .create = true}));
    if (const auto ran = run_script(connection, sql); !ran) {
      throw std::runtime_error(ran.error().error.message());
    }
  }

  [[nodiscard]] static std::int64_t all() {
    return std::ranges::count_if(migration_files_with_notes(), [](const MigrationFile& file) {
      return file.name.ends_with(".up.sql");
    });
  }

  [[nodiscard]] std::int64_t applied() {
    auto connection = must(Connection::open({.path = path(), .read_only = true}));
    return must(query_value<std::int64_t>(connection, "SELECT count(*) FROM schema_migrations"))
        .value();
  }
};

TEST_F(MigratorTest, TheDatabaseIsReadyWhenItsSupervisorHasStarted) {
  start();
  EXPECT_TRUE(database_->readiness().ready());
  EXPECT_EQ(applied(), all());
  EXPECT_EQ(describe("migrator"),
            fmt::format("schema 20990101000000, {0} of {0} migrations were pending", all()));
}

TEST_F(MigratorTest, FindsNothingToDoTheNextTime) {
  start();
  must(world_.stop(supervisor_.pid()));
  start();
  EXPECT_TRUE(database_->readiness().ready());
  EXPECT_EQ(describe("migrator"),
            fmt::format("schema 20990101000000, 0 of {} migrations were pending", all()));
}

TEST_F(MigratorTest, AFailedMigrationLeavesTheProcessUpAndUnready) {
  prepare("CREATE TABLE notes (somebody_elses)");
  start();
  const auto report = database_->readiness().report();
  EXPECT_EQ(report.state, Readiness::State::failed);
  EXPECT_TRUE(has(report.reason, "migrations/20990101000000_create_notes.up.sql:1: "));
  EXPECT_TRUE(has(report.reason, "table notes already exists"));
  EXPECT_TRUE(has(describe("migrator"), "table notes already exists"));
  EXPECT_TRUE(has(describe("migrator"), "attempt 1, the next one in 1s"));
  EXPECT_EQ(applied(), all() - 1);
}

TEST_F(MigratorTest, RequestsAreToldWhyTheDatabaseIsNotReady) {
  prepare("CREATE TABLE notes (somebody_elses)");
  start();
  const auto written = execute(AddNote{"a"});
  EXPECT_EQ(written.error(), Errc::unavailable);
  EXPECT_TRUE(has(written.error().context, "table notes already exists"));
  const auto answer = read([](Connection&) -> actors::Result<int> { return 1; });
  EXPECT_EQ(answer.error(), Errc::unavailable);
  EXPECT_EQ(database_->wait_until_ready(world_.runtime(), seconds(1)).error(), Errc::unavailable);
}

TEST_F(MigratorTest, TriesAgainAfterLongerAndLongerPausesUntilItSucceeds) {
  prepare("CREATE TABLE notes (somebody_elses)");
  start();
  world_.advance(seconds(1));
  EXPECT_TRUE(has(describe("migrator"), "attempt 2, the next one in 2s"));
  world_.advance(seconds(2));
  EXPECT_TRUE(has(describe("migrator"), "attempt 3, the next one in 4s"));
  world_.advance(minutes(10));
  EXPECT_TRUE(has(describe("migrator"), "the next one in 30s"));
  prepare("DROP TABLE notes");
  world_.advance(seconds(30));
  EXPECT_TRUE(database_->readiness().ready());
  must(execute(AddNote{"a"}));
}

TEST_F(MigratorTest, AnOperatorIsToldWhatRanOrWhyItCanNotAndNeedNotWaitForThePause) {
  prepare("CREATE TABLE notes (somebody_elses)");
  start();
  const auto refused = database_->migrate_blocking(minutes(1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), Errc::migration_failed);
  EXPECT_TRUE(has(refused.error().context, "table notes already exists"));
  prepare("DROP TABLE notes");
  const auto run = must(database_->migrate_blocking(minutes(1)));
  EXPECT_EQ(run.ran, (std::vector<std::int64_t>{20990101000000}));
  EXPECT_TRUE(database_->readiness().ready());
  EXPECT_TRUE(must(database_->migrate_blocking(minutes(1))).ran.empty());
}

TEST_F(MigratorTest, HowOftenEverItIsAskedItTriesAgainByItselfOnce) {
  prepare("CREATE TABLE notes (somebody_elses)");
  start();
  for (int n = 0; n < 3; ++n) EXPECT_FALSE(database_->migrate_blocking(minutes(1)));
  EXPECT_TRUE(has(describe("migrator"), "attempt 4, the next one in 8s"));
  world_.advance(seconds(8));
  EXPECT_TRUE(has(describe("migrator"), "attempt 5, the next one in 16s"));
}

TEST_F(MigratorTest, ADatabaseOfALaterReleaseIsRefused) {
  start();
  must(world_.stop(supervisor_.pid()));
  prepare(kOfALaterRelease);
  start();
  EXPECT_EQ(database_->readiness().report().state, Readiness::State::failed);
  EXPECT_TRUE(has(describe("migrator"), "which is newer than this binary's"));
}

TEST_F(MigratorTest, ADatabaseOfALaterReleaseIsUsedWhenThatIsAllowed) {
  start();
  must(world_.stop(supervisor_.pid()));
  prepare(kOfALaterRelease);
  auto allowing = options();
  allowing.newer_schema = NewerSchema::allowed;
  start(std::move(allowing));
  EXPECT_TRUE(database_->readiness().ready());
  EXPECT_TRUE(has(describe("migrator"), "migration 20991231000000_rings is of a later release"));
}

TEST_F(MigratorTest, ALaterStepOfAnotherApplicationIsNoObstacle) {
  start();
  must(world_.stop(supervisor_.pid()));
  prepare("INSERT INTO schema_migrations VALUES (20991231000000, '2099-12-31T00:00:00')");
  start();
  EXPECT_TRUE(database_->readiness().ready());
  EXPECT_EQ(describe("migrator"),
            fmt::format("schema 20990101000000, 0 of {} migrations were pending", all()));
}

TEST_F(MigratorTest, AnEditedMigrationIsReportedAndTheDatabaseIsReady) {
  start();
  must(world_.stop(supervisor_.pid()));
  prepare("UPDATE coppice_migrations SET checksum = 'another' WHERE version = 20990101000000");
  start();
  EXPECT_TRUE(database_->readiness().ready());
  EXPECT_TRUE(has(describe("migrator"), "migration 20990101000000_create_notes was edited"));
}

TEST_F(MigratorTest, TheDatabaseStaysReadyWhileTheWriterRestarts) {
  start();
  crash("writer");
  world_.run();
  ASSERT_FALSE(pid("writer"));
  EXPECT_TRUE(database_->readiness().ready());
  wait_for("migrator");
  EXPECT_TRUE(database_->readiness().ready());
}

TEST_F(MigratorTest, ACrashIsFollowedByARestart) {
  start();
  const auto before = pid("migrator");
  crash("migrator");
  world_.run();
  wait_for("migrator");
  EXPECT_NE(pid("migrator"), before);
  EXPECT_TRUE(has(describe("migrator"), "schema 20990101000000"));
}

TEST(MigratorAlone, DoesNotHoldUpTheStartForLongMigrations) {
  const TemporaryDirectory directory;
  actors::testkit::World world;
  auto link = std::make_shared<WriterLink>();
  const auto readiness = std::make_shared<Readiness>();
  const WriterOptions options{.path = directory / "app.db", .commands = shared_commands()};
  world.spawn<supervisor::Supervisor>(
      supervisor::SupervisorSpec{{}, {supervisor::worker<Writer>("writer", options, link)}});
  const auto writer = must(must(link->address.get()).resolve());
  // A writer that is suspended stands for one that is at work for long.
  must(world.runtime().inspect(writer, [](actors::Cell& cell) { cell.suspend(); }));

  const auto migrator = world.spawn<Migrator>(
      link, shared_migrations(migration_files_with_notes()), NewerSchema::refused, readiness,
      std::make_shared<const Replication>(), std::make_shared<Migrator::Slot>("the migrator"));
  EXPECT_EQ(readiness->report().state, Readiness::State::starting);
  EXPECT_EQ(readiness->report().reason, "migrations are running");

  must(world.runtime().inspect(writer, [](actors::Cell& cell) { cell.resume(); }));
  world.run();
  EXPECT_TRUE(readiness->ready());
  EXPECT_TRUE(world.alive(migrator.pid()));
}

}  // namespace
}  // namespace coppice::db
