#include "app/admin_socket.hpp"

#include <string>
#include <unistd.h>

#include <gtest/gtest.h>

#include "app/config.hpp"
#include "app/paths.hpp"
#include "db/temporary_directory.hpp"

namespace coppice::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = "-admin.sock";

std::string in_temporary_folder() {
  return (temporary_folder() / ("coppice-admin-" + std::to_string(geteuid()) + ".sock")).string();
}

class AdminSocket : public testing::Test {
 protected:
  /// Where a test's file really is: the system's temporary folder may be a link.
  [[nodiscard]] fs::path real(std::string_view name) const { return real_path(directory_ / name); }

  db::TemporaryDirectory directory_;
};

TEST_F(AdminSocket, IsBesideTheDatabase) {
  EXPECT_EQ(default_admin_socket((directory_ / "app.db").string(), {}),
            real("app.db").string() + "-admin.sock");
}

TEST_F(AdminSocket, IsTheSameHoweverTheDatabaseIsNamed) {
  fs::create_directory(directory_ / "folder");
  fs::create_directory_symlink(directory_ / "folder", directory_ / "link");
  const auto expected = real("folder").string() + "/app.db-admin.sock";
  const auto relative = fs::relative(directory_ / "folder") / "app.db";
  ASSERT_TRUE(relative.is_relative());
  EXPECT_EQ(default_admin_socket(relative.string(), {}), expected);
  EXPECT_EQ(default_admin_socket((directory_ / "link/app.db").string(), {}), expected);
  EXPECT_EQ(default_admin_socket((directory_ / "link/../folder/app.db").string(), {}), expected);
}

TEST_F(AdminSocket, IsTheUsersOwnWhereThereIsNoFileToBeBeside) {
  EXPECT_EQ(default_admin_socket("", {}), in_temporary_folder());
  EXPECT_EQ(default_admin_socket(":memory:", {}), in_temporary_folder());
}

TEST_F(AdminSocket, IsNotInLitefsMount) {
  const auto database = (directory_ / "mount/app.db").string();
  EXPECT_EQ(default_admin_socket(database, directory_ / "mount"), in_temporary_folder());
  EXPECT_EQ(default_admin_socket(database, directory_ / "mount/"), in_temporary_folder());
  EXPECT_EQ(default_admin_socket((directory_ / "mounted/app.db").string(), directory_ / "mount"),
            real("mounted/app.db").string() + "-admin.sock");
}

// A command may not know LITEFS_MOUNT.
TEST_F(AdminSocket, IsNotBesideADatabaseThatLitefsReplicates) {
  directory_.write("app.db-pos", "000000000000001f/86a47ebeb4888ce0\n");
  EXPECT_EQ(default_admin_socket((directory_ / "app.db").string(), {}), in_temporary_folder());
}

TEST_F(AdminSocket, IsNotBesideADatabaseWhosePathIsTooLong) {
  const auto folder = real("").string() + "/";
  ASSERT_LT(folder.size() + kSuffix.size(), kLongestSocketPath);
  const std::string longest(kLongestSocketPath - folder.size() - kSuffix.size(), 'd');
  EXPECT_EQ(default_admin_socket(folder + longest, {}), folder + longest + std::string(kSuffix));
  EXPECT_EQ(default_admin_socket(folder + longest + "d", {}), in_temporary_folder());
}

}  // namespace
}  // namespace coppice::app
