#include <gtest/gtest.h>

#include "db/database_world.hpp"
#include "db/fault/fault_vfs.hpp"

namespace coppice::db {
namespace {

/// A writer that syncs in checkpoints only.
class FailedCheckpointTest : public DatabaseWorldTest {
 protected:
  FailedCheckpointTest() {
    start();
    must(execute(AddNote{"before"}));
  }

  // The faulty file system goes before the database, which is the base's.
  void TearDown() override { must(world_.stop(supervisor_.pid())); }

  FaultVfs vfs_;
};

TEST_F(FailedCheckpointTest, CostsNobodyHisWriteAndIsTold) {
  vfs_.arm({.kind = FaultKind::failed_sync});
  must(execute(RunSql{"INSERT INTO notes (text) VALUES (zeroblob(6000000))"}));
  ASSERT_TRUE(vfs_.struck());
  vfs_.disarm();
  EXPECT_EQ(database_->writer_activity().checkpoints_failed.load(), 1U);
  EXPECT_GE(database_->writer_activity().log_pages.load(), 1000U);
  EXPECT_TRUE(has(describe("writer"), "the write-ahead log can't be brought into the database"));
}

}  // namespace
}  // namespace coppice::db
