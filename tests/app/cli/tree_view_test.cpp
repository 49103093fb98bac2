#include "app/cli/tree_view.hpp"

#include <algorithm>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "app/cli/columns.hpp"

namespace coppice::app::cli {
namespace {

constexpr std::string_view kTree = R"json({
  "id":"","path":"/","kind":"supervisor","state":"running","pid":"<0.0.1>","restarts":0,
  "children":[
    {"id":"database","kind":"supervisor","state":"running","pid":"<0.1.1>","restarts":0,"children":[
      {"id":"writer","kind":"worker","state":"running","pid":"<3.0.1>","restarts":2,"mailbox":1,
       "mailbox_high_water":18,"handled":23,
       "last_crash":{"reason":"error(std::runtime_error: disk on fire)"}}]},
    {"id":"http","kind":"supervisor","state":"running","pid":"<0.2.1>","restarts":0,"children":[
      {"id":"connections","kind":"dynamic supervisor","state":"running","pid":"<0.3.1>",
       "restarts":0,"children":[
        {"id":"connection#1","kind":"worker","state":"running","pid":"<0.4.1>","restarts":0},
        {"id":"connection#2","kind":"worker","state":"running","pid":"<0.5.1>","restarts":0}]},
      {"id":"listener","kind":"worker","state":"restarting","restarts":1}]}]})json";

TEST(TreeView, DrawsEachActorBelowItsSupervisor) {
  const std::string text = render_tree(kTree, {});
  EXPECT_NE(text.find("├── database"), std::string::npos) << text;
  EXPECT_NE(text.find("│   └── writer"), std::string::npos) << text;
  EXPECT_NE(text.find("    └── listener"), std::string::npos) << text;
}

TEST(TreeView, ShowsRestartsMailboxAndLastCrash) {
  const std::string text = render_tree(kTree, {});
  EXPECT_NE(text.find("1/18"), std::string::npos) << text;
  EXPECT_NE(text.find("last crash: error(std::runtime_error: disk on fire)"), std::string::npos)
      << text;
}

TEST(TreeView, CountsTheChildrenOfADynamicSupervisor) {
  const std::string text = render_tree(kTree, {});
  EXPECT_NE(text.find("2 children"), std::string::npos) << text;
  EXPECT_EQ(text.find("connection#1"), std::string::npos) << text;
}

TEST(TreeView, ShowsTheNumberOfThoseThatTheServerHasCounted) {
  constexpr std::string_view kFolded = R"json({"id":"","kind":"supervisor","state":"running",
    "pid":"<0.0.1>","restarts":0,"children":[
      {"id":"connections","kind":"dynamic supervisor","state":"running","pid":"<0.3.1>",
       "restarts":0,"children_count":10000},
      {"id":"topics","kind":"dynamic supervisor","state":"running","pid":"<0.4.1>",
       "restarts":0,"children_count":0}]})json";
  const std::string text = render_tree(kFolded, {});
  EXPECT_NE(text.find("10000 children\n"), std::string::npos) << text;
  EXPECT_NE(text.find(" 0 children\n"), std::string::npos) << text;
}

TEST(TreeView, ListsThemWhenAllAreWanted) {
  const std::string text = render_tree(kTree, {.all = true});
  EXPECT_NE(text.find("connection#2"), std::string::npos) << text;
}

TEST(TreeView, ColoursOnlyWhatIsUnwell) {
  const std::string text = render_tree(kTree, {.colour = true});
  std::size_t coloured = 0;
  for (auto at = text.find("\033[33m"); at != std::string::npos;
       at = text.find("\033[33m", at + 1)) {
    ++coloured;
  }
  EXPECT_EQ(coloured, 2U) << text;  // the writer that crashed, the listener that restarts
}

TEST(TreeView, UsesNoEscapesWithoutColour) {
  EXPECT_EQ(render_tree(kTree, {}).find('\033'), std::string::npos);
}

TEST(TreeView, ShowsADashForAnActorThatDoesNotLive) {
  const std::string text = render_tree(kTree, {});
  const auto line = text.substr(text.find("listener"));
  EXPECT_NE(line.substr(0, line.find('\n')).find("restarting  - "), std::string::npos) << text;
}

TEST(TreeView, IsCutAtTheTerminalsWidth) {
  const std::string text = render_tree(kTree, {.columns = 60});
  EXPECT_EQ(text.find("disk on fire"), std::string::npos) << text;
  EXPECT_NE(text.find("…\n"), std::string::npos) << text;
}

/// The line that has this in it, without its end.
std::string line_with(const std::string& text, std::string_view what) {
  const auto at = text.find(what);
  if (at == std::string::npos) return "";
  const auto begin = text.rfind('\n', at) + 1;
  return text.substr(begin, text.find('\n', at) - begin);
}

TEST(TreeView, MarksWhatIsUnwellAtEachWidth) {
  for (const std::size_t columns : {0U, 200U, 80U, 60U, 40U, 30U}) {
    const std::string text = render_tree(kTree, {.columns = columns});
    EXPECT_NE(line_with(text, "writer").find(" ! running"), std::string::npos) << text;
    EXPECT_NE(text.find(" ! restart"), std::string::npos) << text;
    EXPECT_EQ(std::ranges::count(text, '!'), 2) << text;
  }
}

TEST(TreeView, NeverGoesBeyondTheTerminalsWidth) {
  for (const std::size_t columns : {10U, 24U, 40U, 60U, 80U, 200U}) {
    std::istringstream lines(render_tree(kTree, {.columns = columns}));
    for (std::string line; std::getline(lines, line);) EXPECT_LE(columns_of(line), columns) << line;
  }
}

TEST(TreeView, LeavesOutColumnsForTheReasonWhereItIsNarrow) {
  const auto wide = line_with(render_tree(kTree, {.columns = 200}), "ACTOR");
  for (const auto* name : {"STATE", "PID", "RESTARTS", "MAIL/MOST", "HANDLED"}) {
    EXPECT_NE(wide.find(name), std::string::npos) << wide;
  }
  const auto text = render_tree(kTree, {.columns = 80});
  EXPECT_NE(text.find("last crash: error("), std::string::npos) << text;
  EXPECT_EQ(text.find("PID"), std::string::npos) << text;
  EXPECT_EQ(text.find("HANDLED"), std::string::npos) << text;
  EXPECT_NE(text.find("MAIL/MOST"), std::string::npos) << text;
}

TEST(TreeView, KeepsEachColumnWhereThereIsNothingToSay) {
  constexpr std::string_view kWell = R"json({"id":"","kind":"supervisor","state":"running",
    "pid":"<0.0.1>","restarts":0})json";
  const auto text = render_tree(kWell, {.columns = 60});
  EXPECT_NE(text.find("HANDLED"), std::string::npos) << text;
}

}  // namespace
}  // namespace coppice::app::cli
