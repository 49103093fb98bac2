#include "app/long_work.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

namespace coppice::app {
namespace {

boost::json::value work_in(const LongWork& work) {
  return boost::json::parse(to_json(work.list())).at("work");
}

TEST(LongWork, IsListedWhileItIsUnderWay) {
  LongWork work;
  EXPECT_TRUE(work.list().empty());
  auto first = work.begin("backup");
  const auto second = work.begin("restore", "request-1");
  auto listed = work.list();
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0].kind, "backup");
  EXPECT_EQ(listed[1].kind, "restore");
  EXPECT_EQ(listed[1].request_id, "request-1");
  first.reset();
  listed = work.list();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].kind, "restore");
}

TEST(LongWork, IsUnderWayForAsLongAsSomebodyMayReportOfIt) {
  LongWork work;
  auto report = report_to(work.begin("restore"));
  EXPECT_EQ(work.list().size(), 1U);
  report = {};
  EXPECT_TRUE(work.list().empty());
}

TEST(LongWork, SaysHowFarItIs) {
  LongWork work;
  const auto report = report_to(work.begin("restore", "request-1"));
  report({.phase = "unpacking", .done = 25, .total = 100, .unit = "bytes"});
  const auto piece = work_in(work).at(0);
  EXPECT_EQ(piece.at("kind"), "restore");
  EXPECT_EQ(piece.at("request_id"), "request-1");
  EXPECT_EQ(piece.at("phase"), "unpacking");
  EXPECT_EQ(piece.at("done").to_number<int>(), 25);
  EXPECT_EQ(piece.at("total").to_number<int>(), 100);
  EXPECT_EQ(piece.at("unit"), "bytes");
  EXPECT_TRUE(piece.at("seconds").is_double());
  EXPECT_TRUE(piece.at("since").is_string());
}

TEST(LongWork, SaysNullForWhatNobodyKnows) {
  LongWork work;
  const auto report = report_to(work.begin("check"));
  report({.phase = "checking"});
  const auto piece = work_in(work).at(0);
  for (const auto* name : {"request_id", "done", "total", "unit", "seconds_left"}) {
    EXPECT_TRUE(piece.at(name).is_null()) << name;
  }
}

TEST(LongWork, SaysHowLongThePhaseStillTakes) {
  const LongWork::Standing standing{.kind = "restore",
                                    .request_id = {},
                                    .since = {},
                                    .progress = {"unpacking", 25, 100, db::kBytes},
                                    .in_all = std::chrono::seconds(60),
                                    .in_phase = std::chrono::seconds(10)};
  const auto json = boost::json::parse(to_json({standing}));
  EXPECT_EQ(json.at("work").at(0).at("seconds_left").to_number<int>(), 30);
}

TEST(LongWork, BeginsAPhaseWithANewName) {
  LongWork work;
  const auto piece = work.begin("restore");
  piece->tell({.phase = "unpacking"});
  const auto before = LongWork::Clock::now();
  piece->tell({.phase = "unpacking", .done = 1, .total = 2, .unit = "bytes"});
  const auto since = LongWork::Clock::now() - before;
  EXPECT_GE(piece->read().in_phase, since);
  piece->tell({.phase = "checking"});
  const auto standing = piece->read();
  EXPECT_LE(standing.in_phase, LongWork::Clock::now() - before);
  EXPECT_GE(standing.in_all, standing.in_phase);
}

}  // namespace
}  // namespace coppice::app
