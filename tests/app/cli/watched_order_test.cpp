#include "app/cli/watched_order.hpp"

#include <gtest/gtest.h>

#include "app/long_work.hpp"

namespace coppice::app::cli {
namespace {

TEST(ProgressIn, IsThatOfTheRequest) {
  LongWork work;
  const auto other = work.begin("backup");
  const auto asked = work.begin("restore", "request-1");
  other->tell({.phase = "copying"});
  const db::Progress progress{"unpacking", 25, 100, "bytes"};
  asked->tell(progress);
  EXPECT_EQ(progress_in(to_json(work.list()), "request-1"), progress);
  EXPECT_EQ(progress_in(to_json(work.list()), "request-2"), std::nullopt);
}

TEST(ProgressIn, MayHaveNoFigures) {
  LongWork work;
  const auto asked = work.begin("check", "request-1");
  EXPECT_EQ(progress_in(to_json(work.list()), "request-1"), std::nullopt);
  asked->tell({.phase = "checking"});
  EXPECT_EQ(progress_in(to_json(work.list()), "request-1"), db::Progress{.phase = "checking"});
}

TEST(ProgressIn, OfAnswersThatAreNotUnderstoodIsNone) {
  for (const auto* answer : {"", "[]", "{}", R"({"work":7})", R"({"work":[{}]})",
                             R"({"work":[{"request_id":"request-1"}]})"}) {
    EXPECT_EQ(progress_in(answer, "request-1"), std::nullopt) << answer;
  }
}

}  // namespace
}  // namespace coppice::app::cli
