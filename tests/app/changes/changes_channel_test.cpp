#include "app/changes/changes_channel.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "app/changes/followed_database.hpp"
#include "app/rooms/test_client.hpp"
#include "net/channels/routes.hpp"

namespace coppice::app::changes {
namespace {

using namespace std::chrono_literals;
using rooms::Frames;
using rooms::refusal;

class ChangesChannelTest : public FollowedDatabaseTest {
 protected:
  ChangesChannelTest() {
    start_follower();
    accounts::Principal editor;
    editor.user.role = accounts::Role::editor;
    editor.session_hash = "hash";
    rooms::Client client{{.hub = hub_, .roster = nullptr, .connection = {}},
                         "anon",
                         std::make_shared<const accounts::Principal>(std::move(editor)),
                         {}};
    auto source = std::make_shared<const Source>(*database_, content::content_catalogue(), hub_);
    net::channels::ChannelTable<rooms::Client> table;
    table.add<ChangesChannel>("changes:*", std::move(source));
    socket_ = std::make_unique<rooms::TestClient>(
        world_, std::move(client),
        [table](const rooms::ClientPtr& whose) { return table.of(whose); });
  }

  Frames push(const std::string& topic, const std::string& event,
              const std::string& payload = "{}") {
    return socket_->send(R"(["1","1",")" + topic + R"(",")" + event + "\"," + payload + "]");
  }
  void join(const std::string& topic) {
    const auto answer = push(topic, "phx_join");
    ASSERT_EQ(answer.size(), 1U);
    EXPECT_NE(answer[0].find(R"("status":"ok")"), std::string::npos) << answer[0];
  }

  void suspend_readers() {
    suspend("readers/reader-1");
    suspend("readers/reader-2");
  }

  std::unique_ptr<rooms::TestClient> socket_;
};

TEST_F(ChangesChannelTest, TellsOfChanges) {
  join("changes:tags");
  add_tag("oak");
  look();
  const auto told = socket_->take();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(told[0].starts_with(R"([null,null,"changes:tags","change",{"op":"insert","id":1,)"));
}

TEST_F(ChangesChannelTest, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(push("changes:bogus", "phx_join"),
            refusal("changes:bogus", "there is no such resource"));
  EXPECT_EQ(push("changes:tags", "phx_join", "[]"),
            refusal("changes:tags", "the parameters must be an object"));
  join("changes:tags");
  EXPECT_EQ(push("changes:tags", "other"), refusal("changes:tags", "unknown event"));
  EXPECT_EQ(push("changes:tags", "page", R"({"cursor":7})"),
            refusal("changes:tags", "page needs the cursor that the page before gave as next"));
}

TEST_F(ChangesChannelTest, SaysThatTheDatabaseDoesNotAnswer) {
  join("changes:tags");
  suspend_readers();
  EXPECT_EQ(push("changes:tags", "page", R"({"cursor":"x"})"), Frames());
  EXPECT_EQ(push("changes:posts", "phx_join"), Frames());
  world_.advance(6s);
  auto answers = socket_->take();
  std::ranges::sort(answers);
  EXPECT_EQ(answers, (Frames{refusal("changes:posts", "unavailable").front(),
                             refusal("changes:tags", "unavailable").front()}));
}

// The hub calls it, and would have the connection pay for what it throws.
TEST_F(ChangesChannelTest, CrashesAloneFromAChange) {
  join("changes:tags");
  join("changes:posts");
  socket_->fail_at(R"("change")");
  add_tag("oak");
  look();
  EXPECT_EQ(socket_->take(),
            Frames{R"(["1","1","changes:tags","phx_error",{"reason":"channel_crash"}])"});
  EXPECT_EQ(socket_->crashed, Frames{"changes:tags"});
  EXPECT_TRUE(socket_->is_connected());
  EXPECT_EQ(push("changes:posts", "other"), refusal("changes:posts", "unknown event"));
  join("changes:tags");
}

}  // namespace
}  // namespace coppice::app::changes
