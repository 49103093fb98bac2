#include "app/dashboard/history.hpp"

#include <gtest/gtest.h>

namespace coppice::app::dashboard {
namespace {

using namespace std::chrono_literals;

const auto kFirst = actors::Pid::from_bits(7);
const auto kSecond = actors::Pid::from_bits(8);

Reading reading(actors::Pid pid, std::uint64_t handled, actors::Duration busy) {
  return {.path = "/a", .pid = pid, .handled = handled, .busy = busy};
}

TEST(History, SaysWhatHappenedBetweenTwoLooks) {
  History history;
  history.take({reading(kFirst, 1000, 5s)}, 2s);
  history.take({{.path = "/a",
                 .pid = kFirst,
                 .mailbox = 3,
                 .children = 9,
                 .handled = 1050,
                 .busy = 5500ms,
                 .restarts = 2}},
               2s);
  const auto* series = history.find("/a");
  ASSERT_NE(series, nullptr);
  ASSERT_EQ(series->size(), 2);
  EXPECT_EQ((*series)[0].rate, 0) << "what was before the first look is nobody's";
  const auto& newest = series->newest();
  EXPECT_FLOAT_EQ(newest.rate, 25);
  EXPECT_EQ(newest.busy, 250);
  EXPECT_EQ(newest.mailbox, 3);
  EXPECT_EQ(newest.children, 9);
  EXPECT_EQ(newest.restarts, 2);
}

TEST(History, CountsANewIncarnationFromItsBeginning) {
  History history;
  history.take({reading(kFirst, 1000, 5s)}, 2s);
  history.take({reading(kSecond, 10, 100ms)}, 2s);
  EXPECT_FLOAT_EQ(history.find("/a")->newest().rate, 5);
  EXPECT_EQ(history.find("/a")->newest().busy, 50);
}

TEST(History, RepeatsWhatIsSoOverARest) {
  History history;
  history.take({{.path = "/a", .pid = kFirst}}, 2s);
  history.take({{.path = "/a", .pid = kFirst, .mailbox = 3, .children = 9, .handled = 10}}, 2s);
  history.rest(3);
  const auto* series = history.find("/a");
  ASSERT_EQ(series->size(), 5);
  EXPECT_EQ(series->newest().rate, 0);
  EXPECT_EQ(series->newest().mailbox, 3);
  EXPECT_EQ(series->newest().children, 9);
}

TEST(History, ForgetsTheGoneOverARest) {
  History history;
  history.take({reading(kFirst, 0, 0s)}, 2s);
  history.take({}, 2s);
  history.rest(Series::kSamples);
  EXPECT_EQ(history.find("/a"), nullptr);
}

TEST(History, KnowsWhetherAnybodyHasMoved) {
  History history;
  const auto nobody = actors::Pid();
  history.take({reading(kFirst, 0, 0s)}, 2s);
  EXPECT_TRUE(history.moved(nobody)) << "somebody new";
  history.take({reading(kFirst, 0, 0s)}, 2s);
  EXPECT_FALSE(history.moved(nobody));
  history.take({reading(kFirst, 1, 0s)}, 2s);
  EXPECT_TRUE(history.moved(nobody));
  EXPECT_FALSE(history.moved(kFirst)) << "nobody else";
  history.take({{.path = "/a", .pid = kFirst, .children = 1, .handled = 1}}, 2s);
  EXPECT_TRUE(history.moved(nobody)) << "a child more";
  history.take({}, 2s);
  EXPECT_TRUE(history.moved(nobody)) << "and gone";
  history.take({}, 2s);
  EXPECT_FALSE(history.moved(nobody));
}

TEST(History, NeverSaysMoreThanAllOfTheTime) {
  History history;
  history.take({reading(kFirst, 0, 0s)}, 2s);
  history.take({reading(kFirst, 1, 1h)}, 2s);
  EXPECT_EQ(history.find("/a")->newest().busy, 1000);
  history.take({reading(kFirst, 2, 2h)}, 0s);
  EXPECT_EQ(history.find("/a")->newest().busy, 0);
}

TEST(History, KeepsTheNewestSamples) {
  History history;
  std::uint64_t handled = 0;
  for (std::size_t n = 0; n < Series::kSamples + 10; ++n) {
    history.take({reading(kFirst, handled += n, 0s)}, 1s);
  }
  const auto& series = *history.find("/a");
  ASSERT_EQ(series.size(), Series::kSamples);
  EXPECT_FLOAT_EQ(series[0].rate, 10);
  EXPECT_FLOAT_EQ(series.newest().rate, Series::kSamples + 9);
}

TEST(History, TakesWhoIsMissingForIdleAndThenForgetsThem) {
  History history;
  history.take({reading(kFirst, 5, 1s)}, 1s);
  history.take({reading(kFirst, 9, 1s)}, 1s);
  history.take({}, 1s);
  ASSERT_EQ(history.find("/a")->size(), 3);
  EXPECT_EQ(history.find("/a")->newest().rate, 0);
  for (std::size_t n = 0; n < Series::kSamples; ++n) history.take({}, 1s);
  EXPECT_EQ(history.find("/a"), nullptr);
}

TEST(History, HasRoomForSoManyActorsAndNoMore) {
  History history;
  std::vector<Reading> readings;
  for (std::size_t n = 0; n < History::kMostActors + 5; ++n) {
    readings.push_back({.path = "/" + std::to_string(n), .pid = kFirst});
  }
  history.take(readings, 1s);
  EXPECT_EQ(history.size(), History::kMostActors);
  EXPECT_NE(history.find("/0"), nullptr);
}

}  // namespace
}  // namespace coppice::app::dashboard
