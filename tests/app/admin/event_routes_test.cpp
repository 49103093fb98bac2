#include "app/admin/event_routes.hpp"

#include <gtest/gtest.h>

namespace coppice::app::admin {
namespace {

TEST(IsWantedKind, TakesKindsAndTheirBeginningsUpToADot) {
  EXPECT_TRUE(is_wanted_kind("sup.restart", ""));
  EXPECT_TRUE(is_wanted_kind("sup.restart", "sup"));
  EXPECT_TRUE(is_wanted_kind("sup.restart", "actor.crash,sup."));
  EXPECT_TRUE(is_wanted_kind("actor.crash", "actor.crash,sup"));
  EXPECT_FALSE(is_wanted_kind("sup.restart", "sup.res"));
  EXPECT_FALSE(is_wanted_kind("sup.restart", "actor.crash"));
  EXPECT_FALSE(is_wanted_kind("sup.restart", ","));
}

}  // namespace
}  // namespace coppice::app::admin
