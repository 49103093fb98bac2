#include "db/backup/scratch_folder.hpp"

#include <gtest/gtest.h>

#include "db/database_fixture.hpp"

namespace coppice::db {
namespace {

namespace fs = std::filesystem;

std::size_t entries(const fs::path& folder) {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(ScratchFolder, GoesWithWhatIsInIt) {
  const TemporaryDirectory directory;
  {
    const auto folder = must(ScratchFolder::make(directory / "new"));
    directory.write("new/beside", "");
    std::filesystem::copy_file(directory / "new" / "beside", folder / "inside");
    EXPECT_EQ(entries(directory / "new"), 2U);
  }
  EXPECT_EQ(entries(directory / "new"), 1U);
}

TEST(ScratchFolder, LeavesThoseThatAreInUse) {
  const TemporaryDirectory directory;
  const auto first = must(ScratchFolder::make(directory.path()));
  const auto second = must(ScratchFolder::make(directory.path()));
  EXPECT_EQ(entries(directory.path()), 2U);
}

TEST(ScratchFolder, RemovesWhatAKilledProcessLeft) {
  const TemporaryDirectory directory;
  fs::create_directory(directory / ".coppice-abcdef");
  directory.write(".coppice-abcdef/copy", "half");
  const auto folder = must(ScratchFolder::make(directory.path()));
  EXPECT_FALSE(fs::exists(directory / ".coppice-abcdef"));
}

TEST(ScratchFolder, SaysWhereItCannotBeMade) {
  const TemporaryDirectory directory;
  directory.write("file", "");
  const auto folder = ScratchFolder::make(directory / "file" / "below");
  ASSERT_FALSE(folder);
  EXPECT_NE(folder.error().context.find("file/below"), std::string::npos);
}

}  // namespace
}  // namespace coppice::db
