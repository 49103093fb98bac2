#include "app/rooms/session_channel.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "app/accounts/accounts_fixture.hpp"
#include "app/rooms/test_client.hpp"
#include "net/channels/routes.hpp"

namespace coppice::app::rooms {
namespace {

using namespace std::chrono_literals;

class SessionChannelTest : public accounts::AccountsTest {
 protected:
  /// @param principal  Null for nobody.
  std::unique_ptr<TestClient> connect(std::shared_ptr<const accounts::Principal> principal) {
    Client client{
        {.hub = hub_, .roster = nullptr, .connection = {}}, "anon", std::move(principal), {}};
    const auto open = [this](const ClientPtr& whose) {
      std::shared_ptr<TokenExpiry> expiry;
      if (whose->principal) {
        expiry = std::make_shared<TokenExpiry>(std::weak_ptr<net::channels::Carrier>(),
                                               whose->principal->ends_at, [this] { return now_; });
      }
      net::channels::ChannelTable<Client> table;
      table.add<SessionChannel>("session", *accounts_, std::move(expiry));
      return table.of(whose);
    };
    return std::make_unique<TestClient>(world_, std::move(client), open);
  }

  std::shared_ptr<const accounts::Principal> ada() {
    add_user("ada@example.com");
    const auto secret = sign_in("ada@example.com").secret;
    return std::make_shared<const accounts::Principal>(principal_of(secret).value());
  }

  static Frames send(TestClient& client, const std::string& event,
                     const std::string& payload = "{}") {
    return client.send(R"(["1","1","session",")" + event + "\"," + payload + "]");
  }

  std::shared_ptr<actors::pubsub::Hub> hub_ = actors::pubsub::Hub::make(world_.runtime());
};

TEST_F(SessionChannelTest, RefusesNobody) {
  const auto client = connect(nullptr);
  EXPECT_EQ(send(*client, "phx_join"), refusal("session", "unauthorized"));
}

TEST_F(SessionChannelTest, RenewsWhatLetsTheClientIn) {
  const auto principal = ada();
  const auto client = connect(principal);
  EXPECT_TRUE(send(*client, "phx_join").front().find(R"("status":"ok")") != std::string::npos);
  const auto token = accounts_->socket_token(*principal);
  const auto renewed = send(*client, "renew", R"({"token":")" + token + R"("})");
  ASSERT_EQ(renewed.size(), 1U);
  EXPECT_NE(renewed[0].find(R"("status":"ok","response":{"user_id":)"), std::string::npos);
}

TEST_F(SessionChannelTest, SaysWhatIsWrongWithARenewal) {
  const auto client = connect(ada());
  send(*client, "phx_join");
  EXPECT_EQ(send(*client, "renew", R"({"token":"nonsense"})"), refusal("session", "invalid token"));
  EXPECT_EQ(send(*client, "renew", "{}"), refusal("session", "malformed payload"));
  EXPECT_EQ(send(*client, "renew", R"({"token":7})"), refusal("session", "malformed payload"));
  EXPECT_EQ(send(*client, "other"), refusal("session", "unknown event"));
}

TEST_F(SessionChannelTest, SaysThatTheDatabaseDoesNotAnswer) {
  const auto client = connect(ada());
  send(*client, "phx_join");
  suspend("readers/reader-1");
  suspend("readers/reader-2");
  EXPECT_EQ(send(*client, "renew", R"({"token":"coppice_unknown"})"), Frames());
  world_.advance(11s);
  EXPECT_EQ(client->take(), refusal("session", "try again later"));
}

}  // namespace
}  // namespace coppice::app::rooms
