#include "app/reindex.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "app/cli/own_database.hpp"
#include "db/database_fixture.hpp"
#include "db/position.hpp"
#include "db/run_mark.hpp"

namespace coppice::app {
namespace {

namespace fs = std::filesystem;

/// A database whose last run has not ended, and may have lost what it committed.
class LostRunTest : public db::MigratedDatabaseTest {
 protected:
  LostRunTest() { db::must(db::begin_run(db_, db::Synchronous::normal)); }

  [[nodiscard]] std::string path() const { return (directory_ / "test.db").string(); }
  [[nodiscard]] std::uint64_t epoch() {
    return static_cast<std::uint64_t>(number("SELECT epoch FROM coppice_position"));
  }
};

TEST_F(LostRunTest, IsFollowedByAnEpochOfTheReindexing) {
  const auto before = epoch();
  db::must(reindex_stopped(path()));
  EXPECT_GT(epoch(), before);
  EXPECT_EQ(number("PRAGMA user_version"), 0);
}

TEST_F(LostRunTest, IsFollowedByAnEpochOfACommandThatTakesTheDatabase) {
  const auto before = epoch();
  const auto own = db::must(cli::take_database(path()));
  EXPECT_GT(epoch(), before);
}

TEST(SameDatabase, IsOneAlsoWhileItIsGone) {
  const db::TemporaryDirectory directory;
  const auto gone = directory / "app.db";
  EXPECT_TRUE(is_same_database(gone, directory / "none/../app.db"));
  EXPECT_FALSE(is_same_database(gone, directory / "other.db"));
  std::ofstream(gone) << "there";
  fs::create_hard_link(gone, directory / "other.db");
  EXPECT_TRUE(is_same_database(gone, directory / "other.db"));
}

}  // namespace
}  // namespace coppice::app
