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

TEST(FreeSpaceGuard, WithoutAReserveThereIsNoGuard) { EXPECT_TRUE(guard(0, 0).check()); }

TEST(FreeSpaceGuard, ASpaceThatCannotBeMeasuredCountsAsEnough) {
  EXPECT_TRUE(guard(100, actors::fail(Errc::io_error)).check());
}

TEST(FreeSpace, IsThatOfTheFilesFolder) {
  const TemporaryDirectory directory;
  EXPECT_GT(free_space_beside(directory / "app.db").value(), 0U);
  EXPECT_EQ(free_space_beside(directory / "missing/app.db").error(), Errc::io_error);
}

}  // namespace
}  // namespace coppice::db
