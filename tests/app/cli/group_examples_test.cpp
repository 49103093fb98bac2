#include "app/cli/group_examples.hpp"

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

namespace coppice::app::cli {
namespace {

TEST(GroupExamples, AreTheFirstOfEachCommandOfTheGroup) {
  CLI::App app;
  CLI::App* group = app.add_subcommand("backup");
  group->add_subcommand("create")->footer("Example:\n  coppice backup create");
  group->add_subcommand("list")->footer(
      "Examples:\n  coppice backup list\n  coppice backup list x");
  group->add_subcommand("bare");
  add_group_examples(app);
  EXPECT_EQ(group->get_footer(), "Examples:\n  coppice backup create\n  coppice backup list");
}

TEST(GroupExamples, LeaveOtherCommandsAlone) {
  CLI::App app;
  CLI::App* single = app.add_subcommand("tree");
  single->footer("Example:\n  coppice tree");
  CLI::App* group = app.add_subcommand("db");
  group->add_subcommand("check")->footer("Says more elsewhere.");
  add_group_examples(app);
  EXPECT_EQ(single->get_footer(), "Example:\n  coppice tree");
  EXPECT_EQ(group->get_footer(), "");
}

}  // namespace
}  // namespace coppice::app::cli
