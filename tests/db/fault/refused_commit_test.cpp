#include <gtest/gtest.h>

#include "db/database_world.hpp"
#include "db/fault/fault_vfs.hpp"

// LiteFS refuses the COMMIT of a node that is not the primary any more, which that node may not
// have heard yet; to SQLite it is an I/O error.
namespace coppice::db {
namespace {

class RefusedCommitTest : public DatabaseWorldTest {
 protected:
  RefusedCommitTest() {
    auto wanted = options();
    wanted.synchronous = Synchronous::full;  // so that a commit syncs
    wanted.replication = std::make_shared<Replication>(Standing{.role = Role::primary},
                                                       [this] { return recorded(); });
    start(wanted);
  }

  /// A commit that was refused has not been recorded; all others are.
  actors::Result<std::uint64_t> recorded() {
    const bool just_refused = armed_ && vfs_.struck() && !std::exchange(refused_, true);
    return just_refused ? recorded_ : ++recorded_;
  }

  void refuse_the_next_commit() {
    vfs_.arm({.kind = FaultKind::failed_sync});
    armed_ = true;
  }

  // The faulty file system goes before the database, which is the base's.
  void TearDown() override { must(world_.stop(supervisor_.pid())); }

  std::uint64_t recorded_ = 0;
  bool armed_ = false;  // What struck before that was another test's.
  bool refused_ = false;
  FaultVfs vfs_;
};

TEST_F(RefusedCommitTest, IsTriedAgainAndNotTakenForABrokenDisk) {
  must(execute(AddNote{"before"}));
  refuse_the_next_commit();
  must(execute(AddNote{"refused"}));
  EXPECT_TRUE(vfs_.struck());
  EXPECT_EQ(notes(), "before,refused");
  EXPECT_FALSE(has(describe("writer"), "opened anew after"));
}

TEST_F(RefusedCommitTest, GoesToTheNewPrimaryOnceItIsKnown) {
  must(execute(AddNote{"before"}));
  suspend("writer");
  send("a", AddNote{"a"});
  refuse_the_next_commit();
  resume("writer");
  world_.run();
  EXPECT_TRUE(vfs_.struck());
  database_->follow({.role = Role::replica, .primary = "node-b"});
  world_.advance(std::chrono::seconds(1));
  EXPECT_EQ(outcome("a"), "read_only: this node is a replica; node-b takes writes");
  EXPECT_EQ(notes(), "before");
}

}  // namespace
}  // namespace coppice::db
