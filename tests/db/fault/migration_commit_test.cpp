#include <gtest/gtest.h>

#include "db/database_world.hpp"
#include "db/fault/fault_vfs.hpp"

// A migration's COMMIT that fails is as any other: nobody knows what of it reached the disk.
namespace coppice::db {
namespace {

using std::chrono::seconds;

class MigrationCommitTest : public DatabaseWorldTest {
 protected:
  MigrationCommitTest() {
    start(with({}));
    must(world_.stop(supervisor_.pid()));
  }

  [[nodiscard]] DatabaseOptions with(std::string_view one_more) const {
    auto files = migration_files_with_notes();
    if (!one_more.empty()) {
      files.push_back({"migrations/20990102000000_one_more.up.sql", std::string(one_more)});
    }
    auto wanted = options();
    wanted.synchronous = Synchronous::full;  // so that a commit syncs
    wanted.migrations = shared_migrations(std::move(files));
    return wanted;
  }

  void start_with_failing_sync(std::string_view one_more) {
    vfs_.arm({.kind = FaultKind::failed_sync});
    start(with(one_more));
    ASSERT_TRUE(vfs_.struck());
    EXPECT_EQ(vfs_.place(), "sync of app.db-wal");
    vfs_.disarm();
  }

  [[nodiscard]] bool has_leaves() {
    auto connection = must(Connection::open({.path = path(), .read_only = true}));
    return must(query_value<bool>(connection,
                                  "SELECT count(*) FROM sqlite_schema WHERE name = 'leaves'"))
        .value();
  }

  // The faulty file system goes before the database, which is the base's.
  void TearDown() override { must(world_.stop(supervisor_.pid())); }

  FaultVfs vfs_;
};

TEST_F(MigrationCommitTest, AFailedOneHasTheDatabaseOpenedAnewAndIsTriedAgain) {
  start_with_failing_sync("CREATE TABLE leaves (id INTEGER PRIMARY KEY);\n");
  EXPECT_FALSE(database_->readiness().ready());
  EXPECT_FALSE(has_leaves());
  EXPECT_TRUE(has(describe("writer"), "opened anew after: migration_failed: "));
  EXPECT_EQ(world_.count(actors::EventKind::actor_crash), 0U);

  world_.advance(seconds(2));
  EXPECT_TRUE(database_->readiness().ready()) << database_->readiness().report().reason;
  EXPECT_TRUE(has_leaves());
  must(database_->check_writes());
  must(execute(AddNote{"after"}));
  EXPECT_EQ(notes(), "after");
}

TEST_F(MigrationCommitTest, SoDoesAFailedStatementOfAMigrationWithoutATransaction) {
  start_with_failing_sync(
      "-- coppice:no-transaction\nCREATE TABLE IF NOT EXISTS leaves (id INTEGER PRIMARY KEY);\n");
  EXPECT_FALSE(database_->readiness().ready());
  EXPECT_TRUE(has(describe("writer"), "opened anew after: migration_failed: "));
  world_.advance(seconds(2));
  EXPECT_TRUE(database_->readiness().ready()) << database_->readiness().report().reason;
  EXPECT_TRUE(has_leaves());
}

TEST_F(MigrationCommitTest, OneThatSqliteRefusesDoesNot) {
  start(with("CREATE TABLE notes (somebody_elses);\n"));
  EXPECT_FALSE(database_->readiness().ready());
  EXPECT_FALSE(has(describe("writer"), "opened anew"));
}

}  // namespace
}  // namespace coppice::db
