#include "db/process_guard.hpp"

#include <fcntl.h>
#include <fstream>
#include <sys/file.h>
#include <unistd.h>

#include "db/database_fixture.hpp"

namespace coppice::db {
namespace {

using actors::Errc;

/// Holds the lock as another process would: flock(2) belongs to the opening of the file, so a
/// descriptor of the test's own is a stranger to the guard.
class Stranger {
 public:
  explicit Stranger(const std::filesystem::path& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;
  ~Stranger() { ::close(descriptor_); }

  [[nodiscard]] bool lock() const { return ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0; }

 private:
  int descriptor_;
};

class ProcessGuardTest : public DatabaseTest {
 protected:
  std::filesystem::path path_ = directory_ / "test.db";
};

TEST_F(ProcessGuardTest, KeepsASecondServerOut) {
  const Stranger stranger(path_);
  {
    const auto guard = must(ProcessGuard::acquire(path_));
    EXPECT_FALSE(stranger.lock());
  }
  EXPECT_TRUE(stranger.lock());
}

TEST_F(ProcessGuardTest, IsRefusedWhileAnotherServerRuns) {
  {
    const Stranger stranger(path_);
    ASSERT_TRUE(stranger.lock());
    const auto guard = ProcessGuard::acquire(path_);
    ASSERT_FALSE(guard);
    EXPECT_EQ(guard.error(), Errc::busy);
    EXPECT_NE(guard.error().context.find("is being served already"), std::string::npos);
  }
  EXPECT_TRUE(ProcessGuard::acquire(path_));
}

TEST_F(ProcessGuardTest, IsRefusedWhereLiteFsReplicatesTheDatabase) {
  std::ofstream(path_.string() + "-pos") << "0000000000000001/0000000000000000\n";
  const auto guard = ProcessGuard::acquire(path_);
  ASSERT_FALSE(guard);
  EXPECT_EQ(guard.error(), Errc::busy);
  EXPECT_NE(guard.error().context.find("LiteFS replicates"), std::string::npos);
}

TEST_F(ProcessGuardTest, IsHeldOncePerProcessAndCanBeTakenAgain) {
  for (int incarnation = 0; incarnation < 3; ++incarnation) {
    const auto guard = must(ProcessGuard::acquire(path_));
    EXPECT_EQ(ProcessGuard::acquire(path_).error(), Errc::busy);
  }
}

TEST_F(ProcessGuardTest, FindsTheSameFileUnderAnotherName) {
  std::filesystem::create_symlink(path_, directory_ / "alias.db");
  const auto guard = must(ProcessGuard::acquire(path_));
  EXPECT_EQ(ProcessGuard::acquire(directory_ / "alias.db").error(), Errc::busy);
}

TEST_F(ProcessGuardTest, LeavesSqlitesOwnLocksAlone) {
  execute("CREATE TABLE t (x)");
  execute("BEGIN IMMEDIATE");
  {
    const auto guard = must(ProcessGuard::acquire(path_));
  }
  auto other = open();
  EXPECT_EQ(other.execute("BEGIN IMMEDIATE").error(), Errc::busy);
  execute("COMMIT");
  const auto guard = must(ProcessGuard::acquire(path_));
  EXPECT_TRUE(other.execute("INSERT INTO t VALUES (1)"));
}

TEST_F(ProcessGuardTest, PutsNoFileBesideTheDatabase) {
  const auto guard = must(ProcessGuard::acquire(path_));
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
    EXPECT_TRUE(entry.path().filename().string().starts_with("test.db"));
    EXPECT_FALSE(entry.path().filename().string().ends_with("-lock"));
  }
}

TEST_F(ProcessGuardTest, ReportsAMissingDatabase) {
  EXPECT_EQ(ProcessGuard::acquire(directory_ / "none.db").error(), Errc::not_found);
}

TEST_F(ProcessGuardTest, MovesItsHold) {
  auto guard = must(ProcessGuard::acquire(path_));
  const ProcessGuard moved = std::move(guard);
  EXPECT_EQ(ProcessGuard::acquire(path_).error(), Errc::busy);
}

}  // namespace
}  // namespace coppice::db
