#include "net/channels/routes.hpp"

#include <gtest/gtest.h>

namespace coppice::net::channels {
namespace {

TEST(TopicMatches, TakesExactTopicsAndPrefixes) {
  EXPECT_TRUE(topic_matches("room:lobby", "room:lobby"));
  EXPECT_FALSE(topic_matches("room:lobby", "room:lobby2"));
  EXPECT_TRUE(topic_matches("room:*", "room:"));
  EXPECT_TRUE(topic_matches("room:*", "room:a:b"));
  EXPECT_FALSE(topic_matches("room:*", "room"));
  EXPECT_TRUE(topic_matches("*", ""));
}

}  // namespace
}  // namespace coppice::net::channels
