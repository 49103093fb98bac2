#include "net/server/turned_away.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "net/loopback.hpp"

namespace coppice::net::server {
namespace {

constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
constexpr std::string_view kNoRoom = "HTTP/1.1 503 Service Unavailable\r\n";

bool says_no_room(const std::string& answer) {
  return answer.starts_with(kNoRoom) && answer.contains("retry-after: 1\r\n") &&
         answer.contains("connection: close\r\n");
}

class TurnedAwayTest : public ::testing::Test {
 protected:
  testing::Loopback loop_;
  TurnedAway turned_away_;
};

TEST_F(TurnedAwayTest, ReadsTheRequestSoThatTheAnswerArrives) {
  auto [client, socket] = loop_.connect();
  client.send(kRequest);
  turned_away_.tell(std::move(socket), http::Status::service_unavailable);
  loop_.pump();
  client.send("more, which is late");  // would reset a connection that is closed already
  loop_.pump();
  EXPECT_TRUE(says_no_room(client.receive()));
  EXPECT_TRUE(client.closed());
}

TEST_F(TurnedAwayTest, ClosesOnceTheClientHas) {
  auto [client, socket] = loop_.connect();
  turned_away_.tell(std::move(socket), http::Status::service_unavailable);
  loop_.pump();
  EXPECT_GT(client.send("x"), 0U);
  client.shutdown_send();
  loop_.pump();
  EXPECT_EQ(client.send("x"), 0U);
  loop_.pump();
  EXPECT_TRUE(loop_.io().stopped());  // nothing is left to wait for, no timer either
}

TEST_F(TurnedAwayTest, LingersWithABoundedNumber) {
  std::vector<testing::Client> lingering;
  for (int n = 0; n < 300; ++n) {
    auto [client, socket] = loop_.connect();
    turned_away_.tell(std::move(socket), http::Status::service_unavailable);
    loop_.pump();
    lingering.push_back(std::move(client));
  }
  EXPECT_GT(lingering.front().send("x"), 0U);
  EXPECT_EQ(lingering.back().send("x"), 0U);
  EXPECT_TRUE(says_no_room(lingering.back().receive()));
  for (auto& client : lingering) client.shutdown_send();
  loop_.pump();
  EXPECT_TRUE(loop_.io().stopped());
}

TEST_F(TurnedAwayTest, ClosesAtOnceIfItMust) {
  auto [client, socket] = loop_.connect();
  client.send(kRequest);
  TurnedAway::tell_and_close(std::move(socket), http::Status::service_unavailable);
  EXPECT_TRUE(says_no_room(client.receive()));
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(client.send("x"), 0U);
}

}  // namespace
}  // namespace coppice::net::server
