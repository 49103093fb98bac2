#include "app/cli/tree_view.hpp"

#include <algorithm>

#include <gtest/gtest.h>

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

TEST(TreeView, MarksWhatIsUnwellWithoutColours) {
  const std::string text = render_tree(kTree, {});
  EXPECT_NE(text.find("! last crash: "), std::string::npos) << text;
  const auto line = text.substr(text.find("listener"));
  EXPECT_TRUE(line.substr(0, line.find('\n')).ends_with(" !")) << text;
  EXPECT_EQ(std::ranges::count(text, '!'), 2) << text;
}

}  // namespace
}  // namespace coppice::app::cli
