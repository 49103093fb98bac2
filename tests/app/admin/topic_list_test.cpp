#include "app/admin/topic_list.hpp"

#include <map>
#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "app/admin/ask_shards.hpp"

namespace coppice::app::admin {
namespace {

using Subscriptions = std::vector<std::shared_ptr<actors::pubsub::Subscription>>;

class TopicListTest : public testing::Test {
 protected:
  // NOLINTNEXTLINE(bugprone-exception-escape): without memory the test ends
  ~TopicListTest() override {
    on_shards([held = std::move(held_)](std::uint32_t shard) mutable { held[shard].clear(); });
  }

  template <class Action>
  void on_shards(Action action) {
    auto shared = std::make_shared<Action>(std::move(action));
    const auto done = ask_shards<bool>(
        runtime_,
        [shared](std::uint32_t shard) {
          (*shared)(shard);
          return true;
        },
        std::chrono::seconds(30));
    EXPECT_TRUE(unanswered(done).empty());
  }

  /// One subscriber on each shard.
  void subscribe(const std::string& topic) {
    on_shards([this, topic](std::uint32_t shard) {
      held_.at(shard).push_back(std::make_shared<actors::pubsub::Subscription>(
          realtime_.hub->subscribe(topic, actors::Pid(shard, 1, 1),
                                   [](const actors::pubsub::BroadcastPtr& /*broadcast*/) {})));
    });
  }

  [[nodiscard]] boost::json::object topics(const std::string& prefix, const PageOf& page = {}) {
    return boost::json::parse(topics_json(runtime_, realtime_, prefix, page)).as_object();
  }

  actors::Runtime runtime_{{.shards = 2}};
  rooms::Realtime realtime_ = rooms::make_realtime(runtime_, false, "local");
  std::map<std::uint32_t, Subscriptions> held_{{0, {}}, {1, {}}};
};

TEST_F(TopicListTest, AddUpSubscribersOfAllShards) {
  subscribe("room:a");
  subscribe("room:a");
  subscribe("other");
  const auto answer = topics("room:");
  ASSERT_EQ(answer.at("topics").as_array().size(), 1);
  const auto& topic = answer.at("topics").as_array().at(0).as_object();
  EXPECT_EQ(topic.at("topic").as_string(), "room:a");
  EXPECT_EQ(topic.at("subscribers").to_number<int>(), 4);
  EXPECT_EQ(topic.at("present").to_number<int>(), 0);
}

TEST_F(TopicListTest, CountThoseWhoArePresentOrOnlyCounted) {
  const auto ann = realtime_.roster->track(actors::Pid(0, 1, 1), "room:a", "ann", "{}");
  const auto also_ann = realtime_.roster->track(actors::Pid(0, 2, 1), "room:a", "ann", "{}");
  const auto somebody = realtime_.roster->count_in("viewers:x");
  ASSERT_TRUE(ann && also_ann && somebody);
  const auto all = topics("");
  EXPECT_EQ(all.at("matching").to_number<int>(), 2);
  EXPECT_EQ(all.at("topics").as_array().at(0).as_object().at("present").to_number<int>(), 2);
  const auto members = boost::json::parse(presence_json(realtime_, "room:a", {})).as_object();
  ASSERT_EQ(members.at("members").as_array().size(), 1);
  EXPECT_EQ(members.at("members").as_array().at(0).as_object().at("metas").to_number<int>(), 2);
  const auto viewers = boost::json::parse(presence_json(realtime_, "viewers:x", {})).as_object();
  EXPECT_TRUE(viewers.at("members").as_array().empty());
  EXPECT_EQ(viewers.at("counted").to_number<int>(), 1);
}

TEST_F(TopicListTest, ComeInPages) {
  for (const auto* topic : {"c", "a", "b"}) subscribe(topic);
  const auto first = topics("", {.limit = 2, .after = ""});
  EXPECT_EQ(first.at("topics").as_array().size(), 2);
  EXPECT_EQ(first.at("next").as_string(), "b");
  const auto second = topics("", {.limit = 2, .after = "b"});
  ASSERT_EQ(second.at("topics").as_array().size(), 1);
  EXPECT_EQ(second.at("topics").as_array().at(0).as_object().at("topic").as_string(), "c");
  EXPECT_TRUE(second.at("next").is_null());
  EXPECT_EQ(second.at("matching").to_number<int>(), 3);
}

TEST(ParsePid, ReadsWhatListsShow) {
  const actors::Pid pid(1, 22, 333);
  EXPECT_EQ(parse_pid(to_string(pid)), pid);
  EXPECT_EQ(parse_pid("1.22.333"), pid);
}

TEST(ParsePid, RefusesWhatIsNone) {
  for (const auto* text :
       {"", "<>", "<1.2>", "<1.2.3.4>", "<1.2.3", "a.b.c", "<9999.1.1>", "<1.2.-3>", "<1..3>"}) {
    EXPECT_FALSE(parse_pid(text)) << text;
  }
}

}  // namespace
}  // namespace coppice::app::admin
