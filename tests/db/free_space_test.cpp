#include "db/free_space.hpp"

#include <gtest/gtest.h>

#include "db/temporary_directory.hpp"

namespace coppice::db {
namespace {

using actors::Errc;
using actors::Result;

FreeSpaceGuard guard(std::uint64_t reserve, Result<std::uint64_t> free) {
  return {"data/app.db", reserve, [free = std::move(free)](const auto&) { return free; }};
}

TEST(FreeSpaceGuard, RefusesOnceLessThanTheReserveIsFree) {
  EXPECT_TRUE(guard(100, 100).check());
  EXPECT_EQ(guard(100, 99).check().error(), Errc::disk_full);
}

TEST(FreeSpaceGuard, WantsAnEighthMoreOnceItHasRefused) {
  std::uint64_t free = 799;
  FreeSpaceGuard guard("data/app.db", 800, [&](const auto&) { return free; });
  EXPECT_FALSE(guard.check());
  free = 899;
  EXPECT_FALSE(guard.check());
  free = 900;
  EXPECT_TRUE(guard.check());
  free = 800;
  EXPECT_TRUE(guard.check());
}

TEST(FreeSpaceGuard, WithoutAReserveThereIsNoGuard) { EXPECT_TRUE(guard(0, 0).check()); }

TEST(FreeSpaceGuard, ASpaceThatCannotBeMeasuredCountsAsEnough) {
  EXPECT_TRUE(guard(100, actors::fail(Errc::io_error)).check());
}

TEST(FreeSpace, IsRequiredInBytesAndSaysBothNumbers) {
  const auto require = [](const actors::Result<std::uint64_t>& free) {
    return require_free_space("folder/app.db", 100, "the restore",
                              [free](const auto&) { return free; });
  };
  EXPECT_TRUE(require(100));
  EXPECT_TRUE(require(actors::fail(Errc::io_error)));
  const auto refused = require(99);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), Errc::disk_full);
  EXPECT_EQ(refused.error().context,
            "the restore needs 100 bytes in folder (0 MiB), and 99 bytes are free (0 MiB)");
}

TEST(FreeSpace, IsThatOfTheFilesFolder) {
  const TemporaryDirectory directory;
  EXPECT_GT(free_space_beside(directory / "app.db").value(), 0U);
  EXPECT_EQ(free_space_beside(directory / "missing/app.db").error(), Errc::io_error);
}

}  // namespace
}  // namespace coppice::db
