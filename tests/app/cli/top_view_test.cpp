#include "app/cli/top_view.hpp"

#include <algorithm>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

namespace coppice::app::cli {
namespace {

using std::chrono::seconds;

std::string tree(int handled, int busy_ms, std::string_view pid) {
  return R"({"path":"/","state":"running","pid":"<0.0.1>","children":[)"
         R"({"path":"/a","state":"running","pid":")" +
         std::string(pid) + R"(","handled":)" + std::to_string(handled) + R"(,"busy_ms":)" +
         std::to_string(busy_ms) + R"(,"mailbox":3,"mailbox_high_water":9,"restarts":1},)" +
         R"({"path":"/b","state":"suspended","pid":"<0.2.1>","handled":5,"mailbox":7}]})";
}

TopRow row_at(const std::vector<TopRow>& rows, std::string_view path) {
  for (const auto& row : rows) {
    if (row.path == path) return row;
  }
  ADD_FAILURE() << "no row of " << path;
  return {};
}

TEST(TopRows, ComputesRatesBetweenTwoLooks) {
  const auto rows =
      top_rows(tree(10, 100, "<1>"), tree(30, 1100, "<1>"), seconds(2), TopOrder::busy);
  const auto row = row_at(rows, "/a");
  EXPECT_DOUBLE_EQ(row.messages, 10);
  EXPECT_DOUBLE_EQ(row.busy, 0.5);
  EXPECT_EQ(row.mailbox, 3U);
  EXPECT_EQ(row.restarts, 1U);
  EXPECT_FALSE(row.unwell);
  EXPECT_TRUE(row_at(rows, "/b").unwell);
  EXPECT_EQ(rows.front().path, "/a");
}

TEST(TopRows, CountsANewIncarnationFromItsStart) {
  const auto rows =
      top_rows(tree(1000, 9000, "<1>"), tree(4, 20, "<2>"), seconds(2), TopOrder::busy);
  EXPECT_DOUBLE_EQ(row_at(rows, "/a").messages, 2);
}

TEST(TopRows, AreSortedAsWanted) {
  const auto first = [](TopOrder order) {
    return top_rows(tree(10, 0, "<1>"), tree(30, 10, "<1>"), seconds(1), order).front().path;
  };
  EXPECT_EQ(first(TopOrder::mailbox), "/b");
  EXPECT_EQ(first(TopOrder::messages), "/a");
  EXPECT_EQ(first(TopOrder::restarts), "/a");
  EXPECT_EQ(first(TopOrder::path), "/");
  EXPECT_EQ(top_order_from("restarts"), TopOrder::restarts);
  EXPECT_EQ(top_order_from("height"), std::nullopt);
}

TEST(RenderTop, FitsItsTerminal) {
  const auto rows = top_rows(tree(10, 0, "<1>"), tree(30, 10, "<1>"), seconds(1), TopOrder::path);
  const auto text = render_top(rows, {.order = TopOrder::path, .columns = 40, .rows = 4});
  EXPECT_EQ(std::ranges::count(text, '\n'), 4);
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    EXPECT_LE(end - at, 42U) << text;  // an ellipsis has three bytes
    at = end + 1;
  }
}

TEST(RenderTop, MarksWhatIsUnwell) {
  const auto rows = top_rows(tree(10, 0, "<1>"), tree(30, 10, "<1>"), seconds(1), TopOrder::path);
  const auto text = render_top(rows, {.order = TopOrder::path});
  EXPECT_NE(text.find("3 actors, 1 unwell"), std::string::npos) << text;
  const auto line = text.substr(text.find("\n/b"));
  EXPECT_NE(line.find("  !\n"), std::string::npos) << text;
  EXPECT_EQ(text.find('\033'), std::string::npos);
}

/// A look in which children were only counted.
constexpr std::string_view kCounted =
    R"({"path":"/","state":"running","pid":"<0.0.1>","children":[)"
    R"({"path":"/connections","state":"running","pid":"<0.2.1>","children_count":10000}]})";

TEST(RenderTop, SaysHowManyHaveNoLine) {
  const auto rows = top_rows(kCounted, kCounted, seconds(1), TopOrder::path);
  const auto text = render_top(rows, {.order = TopOrder::path});
  EXPECT_NE(text.find("2 actors, 0 unwell, "), std::string::npos) << text;
  EXPECT_NE(text.find(", by path; 10000 more with --all\n"), std::string::npos) << text;
}

TEST(TopJson, HasTheNumberOfThoseWithoutAnEntry) {
  const auto rows = top_rows(kCounted, kCounted, seconds(1), TopOrder::path);
  const auto value = boost::json::parse(top_json(rows));
  EXPECT_EQ(value.at(1).at("children_count"), 10000);
  EXPECT_FALSE(value.at(0).as_object().contains("children_count"));
}

TEST(TopJson, HasEachActor) {
  const auto rows = top_rows(tree(10, 0, "<1>"), tree(30, 10, "<1>"), seconds(1), TopOrder::path);
  const auto value = boost::json::parse(top_json(rows));
  EXPECT_EQ(value.as_array().size(), 3U);
  EXPECT_EQ(value.at(1).at("path"), "/a");
  EXPECT_EQ(value.at(1).at("messages_per_second"), 20.0);
}

}  // namespace
}  // namespace coppice::app::cli
