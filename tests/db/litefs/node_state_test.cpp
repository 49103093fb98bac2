#include "db/litefs/node_state.hpp"

#include <gtest/gtest.h>

namespace coppice::db::litefs {
namespace {

TEST(NodeState, IsDownUntilSomethingIsHeard) { EXPECT_EQ(NodeState().standing().role, Role::down); }

TEST(NodeState, IsWhatLiteFsSays) {
  NodeState state;
  state.heard({.is_primary = true});
  EXPECT_EQ(state.standing().role, Role::primary);
  state.heard({.is_primary = false, .hostname = "b"});
  EXPECT_EQ(state.standing(), (Standing{Role::replica, "b", ""}));
  state.heard({});
  EXPECT_EQ(state.standing().role, Role::orphan);
}

TEST(NodeState, IsDownWithoutAStream) {
  NodeState state;
  state.heard({.is_primary = true});
  state.stream_lost("refused");
  EXPECT_EQ(state.standing(), (Standing{Role::down, "", "refused"}));
}

TEST(NodeState, IsDownWhileTheMountFailsWhateverTheStreamSays) {
  NodeState state;
  state.mount_fails("not connected");
  state.heard({.is_primary = true});
  EXPECT_EQ(state.standing(), (Standing{Role::down, "", "not connected"}));
  state.mount_works();
  EXPECT_EQ(state.standing().role, Role::primary);
}

}  // namespace
}  // namespace coppice::db::litefs
