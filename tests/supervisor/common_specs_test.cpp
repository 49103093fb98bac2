#include "supervisor/common_specs.hpp"

#include <cstdint>
#include <tuple>

#include <gtest/gtest.h>

namespace coppice::supervisor {
namespace {

std::shared_ptr<ChildSpec> spec_on(std::uint32_t shard) {
  auto spec = std::make_shared<ChildSpec>();
  spec->id = "connection";
  spec->options.placement = actors::Placement::shard(shard);
  return spec;
}

TEST(CommonSpecs, KeepsTheFirstOfItsKind) {
  CommonSpecs common;
  const auto first = spec_on(0);
  EXPECT_EQ(common.shared(first), first);
  EXPECT_EQ(common.shared(spec_on(0)), first);
}

TEST(CommonSpecs, SharesOneForEachShardThoughTheyTakeTurns) {
  CommonSpecs common;
  const auto here = common.shared(spec_on(0));
  const auto there = common.shared(spec_on(1));
  EXPECT_NE(here, there);
  for (int turn = 0; turn < 3; ++turn) {
    EXPECT_EQ(common.shared(spec_on(0)), here);
    EXPECT_EQ(common.shared(spec_on(1)), there);
  }
}

TEST(CommonSpecs, KeepsNoMoreThanItSaysAndTheLatestOfThem) {
  CommonSpecs common;
  const auto oldest = common.shared(spec_on(0));
  for (std::uint32_t shard = 1; shard <= CommonSpecs::kMost; ++shard) {
    std::ignore = common.shared(spec_on(shard));
  }
  EXPECT_EQ(oldest.use_count(), 1);
  EXPECT_NE(common.shared(spec_on(0)), oldest);
}

}  // namespace
}  // namespace coppice::supervisor
