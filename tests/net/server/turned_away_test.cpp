#include "net/server/turned_away.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "net/loopback.hpp"

namespace coppice::net::server {
namespace {

constexpr std::string_view kRequest = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
constexpr std::string_view kNoRoom = "HTTP/1.1 503 Service Unavailable\r\n";
const auto kClient = boost::asio::ip::make_address("192.0.2.1");

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
  turned_away_.tell(std::move(socket), kClient, NoRoom::connections);
  loop_.pump();
  client.send("more, which is late");  // would reset a connection that is closed already
  loop_.pump();
  EXPECT_TRUE(says_no_room(client.receive()));
  EXPECT_TRUE(client.closed());
}

TEST_F(TurnedAwayTest, ClosesOnceTheClientHas) {
  auto [client, socket] = loop_.connect();
  turned_away_.tell(std::move(socket), kClient, NoRoom::connections);
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
    turned_away_.tell(std::move(socket), kClient, NoRoom::connections);
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
  turned_away_.tell(std::move(socket), kClient, NoRoom::descriptors);
  EXPECT_TRUE(says_no_room(client.receive()));
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(client.send("x"), 0U);
}

TEST_F(TurnedAwayTest, BlamesAClientThatHasTakenItAllItself) {
  auto [client, socket] = loop_.connect();
  turned_away_.tell(std::move(socket), kClient, NoRoom::connections_of_address);
  loop_.pump();
  EXPECT_TRUE(client.receive().starts_with("HTTP/1.1 429 Too Many Requests\r\n"));
}

TEST_F(TurnedAwayTest, ReportsEachWithTheIdThatItsAnswerHas) {
  std::vector<Refusal> reported;
  TurnedAway turned_away(
      {.on_refusal = [&reported](const Refusal& refusal) { reported.push_back(refusal); }});
  for (const auto why :
       {NoRoom::connections, NoRoom::connections_of_address, NoRoom::descriptors}) {
    auto [client, socket] = loop_.connect();
    turned_away.tell(std::move(socket), kClient, why);
    loop_.pump();
    const auto answer = client.receive();
    ASSERT_FALSE(reported.empty());
    EXPECT_EQ(reported.back().why, why);
    EXPECT_EQ(reported.back().client, kClient);
    EXPECT_TRUE(answer.contains("x-request-id: " + reported.back().id + "\r\n"));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " +
                                   std::to_string(static_cast<int>(reported.back().status)) + " "));
  }
  EXPECT_EQ(turned_away.count(), 3U);
}

}  // namespace
}  // namespace coppice::net::server
