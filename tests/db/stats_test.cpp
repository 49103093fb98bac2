#include "db/stats.hpp"

#include "db/database_fixture.hpp"

namespace coppice::db {
namespace {

class StatsTest : public DatabaseTest {};

TEST_F(StatsTest, OfANewDatabaseAreEmpty) {
  const auto stats = must(read_stats(db_));
  EXPECT_EQ(stats.schema_version, 0);
  EXPECT_FALSE(stats.position);
}

TEST_F(StatsTest, CountRowsAndBytesWithIndexes) {
  run("CREATE TABLE small (a); INSERT INTO small VALUES (1), (2);"
      "CREATE TABLE \"lar\"\"ge\" (a); INSERT INTO \"lar\"\"ge\" VALUES (zeroblob(100000));"
      "CREATE TABLE indexed (a UNIQUE)");
  const auto stats = must(read_stats(db_));
  ASSERT_EQ(stats.tables.size(), 3U);
  EXPECT_EQ(stats.tables[0].name, "lar\"ge");
  EXPECT_EQ(stats.tables[0].rows, 1);
  EXPECT_GT(stats.tables[0].bytes, 100000);
  EXPECT_EQ(stats.tables[1].name, "indexed");
  EXPECT_EQ(stats.tables[1].bytes, 2 * stats.page_size);
}

TEST_F(StatsTest, CountWhatAVacuumWouldGiveBack) {
  run("CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(100000)); DELETE FROM t");
  const auto stats = must(read_stats(db_));
  EXPECT_EQ(stats.free_pages, number("PRAGMA freelist_count"));
  EXPECT_GT(stats.free_pages, 20);
  EXPECT_EQ(stats.pages, number("PRAGMA page_count"));
}

class MigratedStatsTest : public MigratedDatabaseTest {};

TEST_F(MigratedStatsTest, SaySchemaAndPosition) {
  const auto stats = must(read_stats(db_));
  EXPECT_EQ(stats.schema_version, number("SELECT max(version) FROM schema_migrations"));
  EXPECT_EQ(stats.position, must(read_position(db_)));
}

}  // namespace
}  // namespace coppice::db
