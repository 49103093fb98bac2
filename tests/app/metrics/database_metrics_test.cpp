#include "app/metrics/database_metrics.hpp"

#include <gtest/gtest.h>

#include "app/accounts/accounts_fixture.hpp"
#include "app/metrics/values.hpp"

namespace coppice::app::metrics {
namespace {

class DatabaseMetricsTest : public accounts::AccountsTest {
 protected:
  [[nodiscard]] double value(const std::string& name, const std::string& labels = "") {
    return values(DatabaseMetrics(world_.runtime(), *database_).Collect(), name).at(labels);
  }
};

TEST_F(DatabaseMetricsTest, CountWhatBecameOfCommands) {
  const auto committed = value("coppice_database_commands_total", "committed");
  const auto failed = value("coppice_database_commands_total", "failed");
  add_user("ada@example.com");
  EXPECT_FALSE(
      execute(accounts::CreateUser{"ada@example.com", "Name", accounts::Role::member, "hash"}));
  EXPECT_EQ(value("coppice_database_commands_total", "committed"), committed + 1);
  EXPECT_EQ(value("coppice_database_commands_total", "failed"), failed + 1);
}

TEST_F(DatabaseMetricsTest, FollowThePositionAndTheBatches) {
  const auto sequence = value("coppice_database_position_sequence");
  const auto batches = value("coppice_database_batch_commands");
  add_user("ada@example.com");
  EXPECT_EQ(value("coppice_database_position_sequence"), sequence + 1);
  EXPECT_EQ(value("coppice_database_batch_commands"), batches + 1);
  EXPECT_EQ(value("coppice_database_batch_age_seconds"), 0);
  EXPECT_EQ(value("coppice_database_commands_waiting"), 0);
}

TEST_F(DatabaseMetricsTest, CountReads) {
  const auto reads = value("coppice_database_read_duration_seconds");
  db::must(read([](db::Connection& db) {
    return db::query_value<std::int64_t>(db, "SELECT count(*) FROM coppice_users");
  }));
  EXPECT_EQ(value("coppice_database_read_duration_seconds"), reads + 1);
  EXPECT_EQ(value("coppice_database_readers_busy"), 0);
  EXPECT_EQ(value("coppice_database_reads_waiting"), 0);
}

TEST_F(DatabaseMetricsTest, MeasureTheFiles) {
  EXPECT_EQ(value("coppice_database_ready"), 1);
  EXPECT_EQ(value("coppice_database_writable"), 1);
  EXPECT_GT(value("coppice_database_size_bytes"), 0);
  EXPECT_GT(value("coppice_database_free_space_bytes"), 0);
}

TEST_F(DatabaseMetricsTest, CanBeReadWhileTheWriterAnswersNobody) {
  suspend("writer");
  EXPECT_EQ(value("coppice_database_writable"), 1);
  EXPECT_EQ(value("coppice_database_batch_age_seconds"), 0);
  resume("writer");
}

}  // namespace
}  // namespace coppice::app::metrics
