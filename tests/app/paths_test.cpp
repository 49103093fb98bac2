#include "app/paths.hpp"

#include <gtest/gtest.h>

#include "db/temporary_directory.hpp"

namespace coppice::app {
namespace {

namespace fs = std::filesystem;

TEST(Paths, AreTheSameWhereTheyLeadToOnePlace) {
  const db::TemporaryDirectory directory;
  fs::create_directory(directory / "folder");
  fs::create_directory_symlink(directory / "folder", directory / "link");
  const auto folder = real_path(directory / "folder");
  EXPECT_TRUE(folder.is_absolute());
  EXPECT_EQ(real_path(directory / "folder/"), folder);
  EXPECT_EQ(real_path(directory / "link"), folder);
  EXPECT_EQ(real_path(directory / "link/new/../x"), folder / "x");
  EXPECT_EQ(real_path(fs::relative(directory / "folder")), folder);
}

TEST(Paths, AreWithinAFolderByWholeNames) {
  EXPECT_TRUE(is_within("/data/app.db", "/data"));
  EXPECT_TRUE(is_within("/data", "/data"));
  EXPECT_TRUE(is_within("/data", "/"));
  EXPECT_FALSE(is_within("/database/app.db", "/data"));
  EXPECT_FALSE(is_within("/", "/data"));
}

}  // namespace
}  // namespace coppice::app
