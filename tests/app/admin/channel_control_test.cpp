#include "app/admin/channel_control.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "app/admin/ask_shards.hpp"
#include "net/channels/socket.hpp"

namespace coppice::app::admin {
namespace {

using net::channels::Channel;
using net::channels::Socket;
using Names = std::vector<std::string>;

class Deaf final : public net::channels::FrameSink {
 public:
  void send(const net::websocket::Frame& /*frame*/) override {}
};

class Open final : public Channel {
 public:
  explicit Open(net::channels::Port port) : port_(std::move(port)) {}
  void on_join(net::channels::Payload /*params*/) override { port_.accept(); }
  void on_event(std::string /*event*/, net::channels::Payload /*payload*/,
                net::channels::Reply /*reply*/) override {}
  void on_end(net::channels::EndReason /*reason*/) noexcept override {}

 private:
  net::channels::Port port_;
};

class Anything final : public net::channels::ChannelFactory {
 public:
  std::shared_ptr<Channel> open(const std::string& /*topic*/, net::channels::Port port) override {
    return std::make_shared<Open>(std::move(port));
  }
};

/// One socket on each of two shards, <0.7.1> and <1.7.1>.
class ChannelControlTest : public testing::Test {
 protected:
  ChannelControlTest() {
    on_shards([this](std::uint32_t shard) {
      sockets_.at(shard) = Socket::make(std::make_shared<Anything>(), std::make_shared<Deaf>(),
                                        {.on_crash = {},
                                         .shard = realtime_.sockets->shard(shard),
                                         .origin = {.actor = actors::Pid(shard, 7, 1)}});
    });
  }

  // NOLINTNEXTLINE(bugprone-exception-escape): without memory the test ends
  ~ChannelControlTest() override {
    on_shards([this](std::uint32_t shard) { sockets_.at(shard).reset(); });
  }

  void on_shards(std::function<void(std::uint32_t shard)> action) {
    const auto done = ask_shards<bool>(
        runtime_,
        [action = std::move(action)](std::uint32_t shard) {
          action(shard);
          return true;
        },
        std::chrono::seconds(30));
    EXPECT_TRUE(unanswered(done).empty());
  }

  /// On both.
  void join(const std::string& topic) {
    on_shards([this, topic](std::uint32_t shard) {
      EXPECT_TRUE(
          sockets_.at(shard)->receive_text(R"(["1","1",")" + topic + R"(","phx_join",{}])"));
    });
  }

  [[nodiscard]] boost::json::object list(const ChannelFilter& filter, const PageOf& page = {}) {
    const auto answer = channels_json(runtime_, realtime_, filter, page);
    EXPECT_TRUE(answer) << answer.error().context;
    return boost::json::parse(answer.value_or("{}")).as_object();
  }

  /// "<0.7.1> room:a", for each channel of an answer.
  [[nodiscard]] static Names names(const boost::json::object& answer) {
    Names out;
    for (const auto& each : answer.at("channels").as_array()) {
      const auto& channel = each.as_object();
      out.push_back(std::string(channel.at("connection").as_string()) + " " +
                    std::string(channel.at("topic").as_string()));
    }
    return out;
  }

  [[nodiscard]] actors::Result<void> close(const std::string& connection,
                                           const std::string& topic) {
    return close_channel(runtime_, realtime_, connection, topic);
  }

  actors::Runtime runtime_{{.shards = 2}};
  rooms::Realtime realtime_ = rooms::make_realtime(runtime_, false, "local");
  std::array<std::shared_ptr<Socket>, 2> sockets_;
};

TEST_F(ChannelControlTest, ListsThoseOfAllShards) {
  join("room:a");
  const auto answer = list({});
  EXPECT_EQ(names(answer), (Names{"<0.7.1> room:a", "<1.7.1> room:a"}));
  EXPECT_EQ(answer.at("matching").to_number<int>(), 2);
  EXPECT_TRUE(answer.at("next").is_null());
  EXPECT_TRUE(answer.at("unanswered").as_array().empty());
  const auto& first = answer.at("channels").as_array().at(0).as_object();
  EXPECT_EQ(first.at("transport").as_string(), "websocket");
  EXPECT_EQ(first.at("state").as_string(), "joined");
  EXPECT_TRUE(first.at("user").is_null());
}

TEST_F(ChannelControlTest, ListsThoseOfOneConnectionOrOfAKindOfTopic) {
  join("room:a");
  join("other");
  EXPECT_EQ(names(list({.connection = "<1.7.1>"})), (Names{"<1.7.1> other", "<1.7.1> room:a"}));
  EXPECT_EQ(names(list({.prefix = "o"})), (Names{"<0.7.1> other", "<1.7.1> other"}));
  EXPECT_TRUE(names(list({.user = "42"})).empty());
}

TEST_F(ChannelControlTest, ListsInPagesThatLeaveNothingOut) {
  for (const auto* topic : {"room:b c", "room:a", "room:c"}) join(topic);
  Names all;
  PageOf page{.limit = 2, .after = ""};
  for (int pages = 1; pages <= 3; ++pages) {
    const auto answer = list({}, page);
    for (auto& name : names(answer)) all.push_back(std::move(name));
    EXPECT_EQ(answer.at("matching").to_number<int>(), 6);
    ASSERT_EQ(answer.at("next").is_null(), pages == 3);
    if (pages < 3) page.after = std::string(answer.at("next").as_string());
  }
  EXPECT_EQ(all, (Names{"<0.7.1> room:a", "<0.7.1> room:b c", "<0.7.1> room:c",  //
                        "<1.7.1> room:a", "<1.7.1> room:b c", "<1.7.1> room:c"}));
}

TEST_F(ChannelControlTest, RefusesWhatIsNoConnectionOrPage) {
  EXPECT_FALSE(channels_json(runtime_, realtime_, {.connection = "x"}, {}));
  EXPECT_FALSE(channels_json(runtime_, realtime_, {}, {.limit = 1, .after = "<0.7.1>"}));
  EXPECT_FALSE(channels_json(runtime_, realtime_, {}, {.limit = 1, .after = "x room:a"}));
}

TEST_F(ChannelControlTest, EndsOneChannelOfOneConnection) {
  join("room:a");
  join("room:b");
  EXPECT_TRUE(close("<1.7.1>", "room:a"));
  EXPECT_EQ(names(list({})), (Names{"<0.7.1> room:a", "<0.7.1> room:b", "<1.7.1> room:b"}));
}

TEST_F(ChannelControlTest, SaysThatThereIsNoSuchChannel) {
  join("room:a");
  const auto code = [this](const std::string& connection, const std::string& topic) {
    const auto closed = close(connection, topic);
    EXPECT_FALSE(closed);
    return closed ? actors::Errc::internal : closed.error().code;
  };
  EXPECT_EQ(code("<1.7.1>", "room:b"), actors::Errc::not_found);
  EXPECT_EQ(code("<1.8.1>", "room:a"), actors::Errc::not_found);
  EXPECT_EQ(code("<7.7.1>", "room:a"), actors::Errc::not_found);
  EXPECT_EQ(code("x", "room:a"), actors::Errc::invalid_argument);
}

}  // namespace
}  // namespace coppice::app::admin
