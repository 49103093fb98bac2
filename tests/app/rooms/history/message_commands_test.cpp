#include "app/rooms/history/message_commands.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/rooms/history/read_history.hpp"
#include "db/database_fixture.hpp"
#include "db/position.hpp"

namespace coppice::app::rooms {
namespace {

using Texts = std::vector<std::string>;
constexpr std::int64_t kNow = 1'800'000'000;

class RoomHistory : public db::MigratedDatabaseTest {
 protected:
  std::int64_t keep(const std::string& topic, const Texts& texts, std::int64_t now = kNow) {
    KeepMessages command{.messages = {}, .now = now, .bounds = bounds_};
    for (const auto& text : texts) {
      command.messages.push_back(
          {.topic = topic, .event = "shout", .is_binary = false, .payload = text});
    }
    return db::must(command.run(db_));
  }

  HistoryPage page(const std::string& topic, std::optional<std::int64_t> since = {}) {
    std::optional<HistoryPoint> point;
    if (since) point = {.epoch = epoch_, .position = *since};
    return db::must(read_history(db_, topic, point));
  }

  static Texts texts(const HistoryPage& page) {
    Texts texts;
    for (const auto& message : page.messages) texts.push_back(message.said.payload);
    return texts;
  }

  HistoryBounds bounds_{.most_messages = 3, .most_bytes = 1000, .most_seconds = 100};
  std::int64_t epoch_ = db::must(db::read_position(db_)).epoch;
};

TEST_F(RoomHistory, GivesConsecutivePositionsOverAllTopics) {
  EXPECT_EQ(keep("a", {"1", "2"}), 1);
  EXPECT_EQ(keep("b", {"3"}), 3);
  EXPECT_EQ(keep("a", {"4"}), 4);
  const auto found = page("a");
  EXPECT_EQ(texts(found), (Texts{"1", "2", "4"}));
  EXPECT_EQ(found.messages.back().position, 4);
  EXPECT_EQ(found.now, (HistoryPoint{.epoch = epoch_, .position = 4}));
  EXPECT_TRUE(found.complete);
}

TEST_F(RoomHistory, GivesWhatCameAfterAPoint) {
  keep("a", {"1", "2", "3"});
  EXPECT_EQ(texts(page("a", 1)), (Texts{"2", "3"}));
  EXPECT_EQ(texts(page("a", 3)), Texts());
  EXPECT_TRUE(page("a", 3).complete);
  EXPECT_TRUE(page("silent", 0).complete);
}

TEST_F(RoomHistory, KeepsTheLatestWithinTheBounds) {
  keep("a", {"1", "2", "3", "4", "5"});
  EXPECT_EQ(texts(page("a", 2)), (Texts{"3", "4", "5"}));
  EXPECT_TRUE(page("a", 2).complete);
  keep("a", {std::string(990, 'x')});
  EXPECT_EQ(page("a").messages.size(), 3U);  // "4", "5" and this one
  keep("a", {std::string(20, 'y')});
  EXPECT_EQ(texts(page("a")), Texts{std::string(20, 'y')});
  keep("a", {std::string(2000, 'z')});  // too large to be kept at all
  EXPECT_EQ(texts(page("a")), Texts());
}

TEST_F(RoomHistory, SaysWhenItCannotBeComplete) {
  keep("a", {"1", "2", "3", "4"});
  const auto trimmed = page("a", 0);
  EXPECT_FALSE(trimmed.complete);
  EXPECT_EQ(texts(trimmed), (Texts{"2", "3", "4"}));
  EXPECT_FALSE(page("a", 99).complete);  // a position that there never was
  const auto restored =
      db::must(read_history(db_, "a", HistoryPoint{.epoch = epoch_ - 1, .position = 4}));
  EXPECT_FALSE(restored.complete);
  EXPECT_EQ(texts(restored), (Texts{"2", "3", "4"}));
}

TEST_F(RoomHistory, GivesTheNewestForWhichThereIsRoom) {
  keep("a", {"1", "2", "3"});
  const auto given = [&](std::size_t bytes, std::int64_t since) {
    return db::must(read_history(db_, "a", HistoryPoint{.epoch = epoch_, .position = since},
                                 {.bytes = bytes, .overhead = 54}));
  };
  const std::size_t frame = 100;  // the overhead, "shout", the payload, and 40 for the position
  EXPECT_EQ(texts(given(2 * frame, 0)), (Texts{"2", "3"}));
  EXPECT_FALSE(given(2 * frame, 0).complete);
  EXPECT_EQ(texts(given(2 * frame, 1)), (Texts{"2", "3"}));
  EXPECT_TRUE(given(2 * frame, 1).complete);
  EXPECT_EQ(texts(given(2 * frame - 1, 1)), Texts{"3"});
  EXPECT_FALSE(given(2 * frame - 1, 1).complete);
  EXPECT_EQ(texts(given(frame - 1, 2)), Texts());
  EXPECT_FALSE(given(frame - 1, 2).complete);
}

TEST_F(RoomHistory, ForgetsByAgeWithTheNextMessageAndInASweep) {
  keep("a", {"1"});
  keep("a", {"2"}, kNow + 150);
  EXPECT_EQ(texts(page("a")), Texts{"2"});
  keep("b", {"3"}, kNow + 150);
  const TrimTopics sweep{.now = kNow + 251, .bounds = bounds_, .most_topics = 1};
  EXPECT_EQ(db::must(sweep.run(db_)), 1);
  EXPECT_EQ(db::must(sweep.run(db_)), 1);
  EXPECT_EQ(db::must(sweep.run(db_)), 0);
  EXPECT_EQ(number("SELECT count(*) FROM coppice_messages"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM coppice_message_topics"), 0);
  EXPECT_FALSE(page("a", 1).complete);
  EXPECT_TRUE(page("a", 3).complete);
  keep("a", {"4"}, kNow + 300);
  EXPECT_FALSE(page("a", 1).complete);  // the topic has been forgotten meanwhile
  EXPECT_EQ(texts(page("a", 3)), Texts{"4"});
}

TEST_F(RoomHistory, ForgetsTheTopicThatWasSilentForTheLongest) {
  keep("first", {"1"});
  for (std::int64_t n = 1; n < kMostTopics; ++n) keep("topic" + std::to_string(n), {"x"});
  EXPECT_EQ(page("first").messages.size(), 1U);
  keep("one more", {"y"});
  EXPECT_EQ(page("first").messages.size(), 0U);
  EXPECT_FALSE(page("first", 0).complete);
  EXPECT_EQ(number("SELECT count(*) FROM coppice_message_topics"), kMostTopics);
  EXPECT_EQ(number("SELECT count(*) FROM coppice_messages"), kMostTopics);
}

TEST_F(RoomHistory, KeepsBytesAsTheyAre) {
  using std::string_literals::operator""s;
  KeepMessages command{.messages = {}, .now = kNow, .bounds = bounds_};
  for (const auto& bytes : {"\0\xFF"s, ""s}) {
    command.messages.push_back(
        {.topic = "a", .event = "shout", .is_binary = true, .payload = bytes});
  }
  db::must(command.run(db_));
  EXPECT_EQ(texts(page("a")), (Texts{"\0\xFF"s, ""s}));
  EXPECT_TRUE(page("a").messages[0].said.is_binary);
}

}  // namespace
}  // namespace coppice::app::rooms
