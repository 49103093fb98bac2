#include "app/litefs/check_mount.hpp"

#include <gtest/gtest.h>

#include "db/temporary_directory.hpp"

namespace coppice::app::litefs {
namespace {

using actors::Errc;

class CheckMountTest : public testing::Test {
 protected:
  CheckMountTest() {
    std::filesystem::create_directories(directory_ / "mount");
    std::filesystem::create_directories(directory_ / "data" / "dbs");
  }

  [[nodiscard]] std::string problem_of(const std::filesystem::path& database) {
    const auto checked = check_mount(settings_, database, directory_ / "data");
    return checked ? "none" : checked.error().context;
  }

  db::TemporaryDirectory directory_;
  Settings settings_{.url = "http://localhost:20202", .mount = directory_ / "mount"};
};

TEST_F(CheckMountTest, TakesADatabaseInTheMount) {
  EXPECT_EQ(problem_of(directory_ / "mount" / "app.db"), "none");
  EXPECT_EQ(problem_of(directory_ / "data" / ".." / "mount" / "app.db"), "none");
}

TEST_F(CheckMountTest, RefusesOneBesideTheMountAndSaysWhatToSet) {
  const auto problem = problem_of(directory_ / "app.db");
  EXPECT_NE(problem.find("is not replicated"), std::string::npos) << problem;
  EXPECT_NE(problem.find("set it to " + (directory_ / "mount" / "app.db").string()),
            std::string::npos)
      << problem;
}

TEST_F(CheckMountTest, RefusesOneInAFolderOfTheMountWhichCanHaveNone) {
  EXPECT_NE(problem_of(directory_ / "mount" / "inner" / "app.db"), "none");
}

TEST_F(CheckMountTest, RefusesOneInTheFolderOfLiteFs) {
  const auto problem = problem_of(directory_ / "data" / "dbs" / "app.db");
  EXPECT_NE(problem.find("LiteFS's own folder"), std::string::npos) << problem;
}

TEST_F(CheckMountTest, SeesThroughALinkIntoTheFolderOfLiteFs) {
  std::filesystem::create_directory_symlink(directory_ / "data", directory_ / "mount" / "link");
  const auto problem = problem_of(directory_ / "mount" / "link" / "app.db");
  EXPECT_NE(problem.find("LiteFS's own folder"), std::string::npos) << problem;
}

TEST_F(CheckMountTest, RefusesAMountThatIsNotThere) {
  settings_.mount = directory_ / "nowhere";
  const auto problem = problem_of(directory_ / "nowhere" / "app.db");
  EXPECT_NE(problem.find("is LiteFS running"), std::string::npos) << problem;
}

TEST_F(CheckMountTest, KnowsAFolderThatNobodyHasMounted) {
  EXPECT_FALSE(is_fuse_mount(directory_ / "mount"));
  EXPECT_FALSE(is_fuse_mount(directory_ / "nowhere"));
}

}  // namespace
}  // namespace coppice::app::litefs
