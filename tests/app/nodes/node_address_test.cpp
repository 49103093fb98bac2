#include "app/nodes/node_address.hpp"

#include <gtest/gtest.h>

namespace coppice::app::nodes {
namespace {

TEST(NodeAddress, HasThePortThatAllNodesHave) {
  EXPECT_EQ(with_port("b", 4001), "b:4001");
  EXPECT_EQ(with_port("b.internal", 4001), "b.internal:4001");
  EXPECT_EQ(with_port("10.0.0.5", 4001), "10.0.0.5:4001");
}

TEST(NodeAddress, OfIPv6IsInBrackets) {
  EXPECT_EQ(with_port("fdaa::3", 4001), "[fdaa::3]:4001");
  EXPECT_EQ(with_port("[fdaa::3]", 4001), "[fdaa::3]:4001");
}

TEST(NodeAddress, KeepsAPortOfItsOwn) {
  EXPECT_EQ(with_port("b.internal:7000", 4001), "b.internal:7000");
  EXPECT_EQ(with_port("[fdaa::3]:7000", 4001), "[fdaa::3]:7000");
}

}  // namespace
}  // namespace coppice::app::nodes
