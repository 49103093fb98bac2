#include "net/http/output.hpp"

#include <gtest/gtest.h>

#include "net/loopback.hpp"

namespace coppice::net::http {
namespace {

/// A connection without deadlines.
struct Patient final : Output::Watch {
  void wait_for_client() noexcept override {}
  [[nodiscard]] bool gave_up() const noexcept override { return false; }
  void client_has_read() noexcept override {}
  [[nodiscard]] bool draining() const noexcept override { return false; }
};

TEST(Output, SendsAtOnceWhatTheClientHasRoomFor) {
  testing::Loopback loop;
  auto [client, socket] = loop.connect();
  Stream stream(std::move(socket));
  boost::system::error_code error;
  stream.non_blocking(true, error);
  Patient watch;
  Output output(stream, watch);
  EXPECT_TRUE(output.flush_at_once());  // nothing
  output.pending() += "hello";
  EXPECT_TRUE(output.flush_at_once());
  EXPECT_EQ(client.receive(), "hello");
  EXPECT_EQ(output.pending(), "");

  const std::string large(4'000'000, 'x');
  output.pending() += large;
  EXPECT_FALSE(output.flush_at_once());
  const auto sent = client.receive();
  EXPECT_FALSE(sent.empty());
  EXPECT_EQ(sent.size() + output.pending().size(), large.size());

  client.close();
  EXPECT_FALSE(output.flush_at_once());
}

TEST(Output, GivesBackTheRoomOfALargeAnswer) {
  testing::Loopback loop;
  auto [client, socket] = loop.connect();
  Stream stream(std::move(socket));
  Patient watch;
  Output output(stream, watch);
  output.pending() += std::string(80'000, 'x');
  EXPECT_TRUE(output.flush_at_once());
  EXPECT_LT(output.pending().capacity(), 70'000U);
}

}  // namespace
}  // namespace coppice::net::http
