#include "net/channels/broadcast.hpp"

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace coppice::net::channels {
namespace {

TEST(Broadcast, IsEncodedOncePerSerializer) {
  const Broadcast broadcast("t", "e", Payload());
  const auto* bytes = broadcast.frame(Version::v2)->wire().data();
  EXPECT_EQ(broadcast.frame(Version::v2)->wire().data(), bytes);
  EXPECT_EQ(broadcast.frame(Version::v2)->payload(), R"([null,null,"t","e",{}])");
  EXPECT_EQ(broadcast.frame(Version::v1)->payload(),
            R"({"topic":"t","event":"e","payload":{},"ref":null})");
}

TEST(Broadcast, EncodesBytesOnce) {
  const Broadcast broadcast("t", "e", Payload::binary("x"));
  const auto* bytes = broadcast.frame(Version::v2)->wire().data();
  EXPECT_EQ(broadcast.frame(Version::v2)->wire().data(), bytes);
  EXPECT_EQ(broadcast.frame(Version::v2)->payload(), "\2\1\1tex");
}

TEST(Broadcast, LeavesOutWhatASerializerCannotExpress) {
  const Broadcast broadcast("t", "e", Payload::binary("x"));
  EXPECT_TRUE(broadcast.frame(Version::v2));
  EXPECT_FALSE(broadcast.frame(Version::v1));
  EXPECT_FALSE(Broadcast(std::string(256, 't'), "e", Payload::binary("x")).frame(Version::v2));
}

TEST(Broadcast, TakesOnlyObjectsAndBytes) {
  for (const auto* payload : {"[]", "1", "\"x\"", "null"}) {
    EXPECT_THROW(Broadcast("t", "e", Payload::json(payload)), std::invalid_argument);
  }
}

TEST(Broadcast, IsSharedBetweenThreads) {
  const Broadcast broadcast("t", "e", Payload());
  std::vector<const char*> seen(4);
  std::vector<std::thread> threads;
  threads.reserve(seen.size());
  for (auto& bytes : seen) {
    threads.emplace_back([&] { bytes = broadcast.frame(Version::v2)->wire().data(); });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(seen, std::vector<const char*>(4, seen[0]));
}

}  // namespace
}  // namespace coppice::net::channels
