#include "app/journal.hpp"

#include <gtest/gtest.h>

namespace coppice::app {
namespace {

Note note(std::string path, std::string json) {
  return {.level = LogLevel::info, .kind = "db", .path = std::move(path), .json = std::move(json)};
}

bool any(const Note& /*note*/) { return true; }

TEST(Journal, GivesTheLastLinesOldestFirst) {
  Journal journal(100'000);
  for (const char* json : {"1", "2", "3"}) journal.add(note("/a", json));
  EXPECT_EQ(journal.last(any, 2), "2\n3\n");
  EXPECT_EQ(journal.last(any, 10), "1\n2\n3\n");
}

TEST(Journal, CountsOnlyLinesThatTheFilterTakes) {
  Journal journal(100'000);
  for (const char* path : {"/a", "/b", "/a"}) journal.add(note(path, path));
  EXPECT_EQ(journal.last([](const Note& each) { return each.path == "/a"; }, 2), "/a\n/a\n");
}

TEST(Journal, ForgetsTheOldestBeyondItsBytes) {
  Journal journal(1000);
  for (int i = 0; i < 100; ++i) journal.add(note("/a", std::string(100, 'x') + std::to_string(i)));
  EXPECT_LE(journal.bytes(), 1000U);
  const auto left = journal.last(any, 100);
  EXPECT_NE(left.find("x99\n"), std::string::npos);
  EXPECT_EQ(left.find("x0\n"), std::string::npos);
}

TEST(Journal, FollowersGetWhatThereIsAndWhatComes) {
  Journal journal(100'000);
  journal.add(note("/a", "before"));
  const auto queue = journal.follow(any, 10);
  journal.add(note("/a", "after"));
  EXPECT_EQ(queue->take().lines, "before\nafter\n");
  EXPECT_EQ(queue->take().lines, "");
}

TEST(Journal, TakesOnlySoManyFollowersUntilOneGoes) {
  Journal journal(100'000);
  std::vector<std::shared_ptr<LineQueue>> queues;
  for (std::size_t i = 0; i < Journal::kMostFollowers; ++i)
    queues.push_back(journal.follow(any, 0));
  EXPECT_EQ(journal.follow(any, 0), nullptr);
  queues.pop_back();
  EXPECT_NE(journal.follow(any, 0), nullptr);
}

TEST(LineQueue, CountsWhatASlowReaderMisses) {
  LineQueue queue(10);
  queue.put("12345678");
  queue.put("too long");
  queue.put("x");  // would fit, but not where it belongs
  const auto taken = queue.take();
  EXPECT_EQ(taken.lines, "12345678\n");
  EXPECT_EQ(taken.missed, 2U);
  queue.put("x");
  EXPECT_EQ(queue.take().lines, "x\n");
}

TEST(LineQueue, WakesItsReaderOnceForAllThatWaits) {
  LineQueue queue;
  int wakes = 0;
  queue.put("a");
  queue.when_filled([&wakes] { ++wakes; });
  EXPECT_EQ(wakes, 1);
  queue.put("b");
  EXPECT_EQ(wakes, 1);
  EXPECT_EQ(queue.take().lines, "a\nb\n");
  queue.put("c");
  EXPECT_EQ(wakes, 2);
  queue.when_filled(nullptr);
  queue.close();
  EXPECT_EQ(wakes, 2);
  EXPECT_TRUE(queue.take().closed);
}

TEST(IsAtOrBelow, KeepsNamesApartThatBeginAlike) {
  EXPECT_TRUE(is_at_or_below("/database", "/database"));
  EXPECT_TRUE(is_at_or_below("/database/writer", "/database"));
  EXPECT_TRUE(is_at_or_below("/database/writer", "/"));
  EXPECT_FALSE(is_at_or_below("/database2", "/database"));
  EXPECT_FALSE(is_at_or_below("/", "/database"));
}

}  // namespace
}  // namespace coppice::app
