#include "app/cli/shell_commands.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "app/cli/command_tree.hpp"
#include "app/cli/completion.hpp"
#include "app/cli/man_page.hpp"

namespace coppice::app::cli {
namespace {

/// A small command line with all that matters.
class CommandLineTest : public testing::Test {
 protected:
  CommandLineTest() {
    CLI::App* show = app_.add_subcommand("show", "it's a look: closely");
    show->add_option("PATH", path_, "a place")->required();
    show->add_flag("-f,--follow", flag_, "go on");
    show->add_option("--level", level_, "how much");
    show->footer("Example:\n  coppice show /a-b");
    app_.add_subcommand("store", "keep things")->add_subcommand("make", "make one");
  }

  [[nodiscard]] std::vector<CommandInfo> tree() const { return command_tree(app_); }

  CLI::App app_{"A program"};
  std::string path_;
  std::string level_;
  bool flag_ = false;
};

bool has(const std::string& text, std::string_view part) { return text.contains(part); }

TEST_F(CommandLineTest, IsKnownAsATree) {
  const auto commands = tree();
  ASSERT_EQ(commands.size(), 4U);
  EXPECT_EQ(commands[0].children, (std::vector<std::string>{"show", "store"}));
  EXPECT_EQ(commands[3].path, "store make");
  const auto& show = commands[1];
  const auto find = [&show](std::string_view name) {
    for (const auto& each : show.options) {
      if (std::ranges::find(each.names, name) != each.names.end()) return each;
    }
    ADD_FAILURE() << name;
    return OptionInfo{};
  };
  EXPECT_TRUE(find("PATH").is_argument && find("PATH").is_required);
  EXPECT_TRUE(find("--level").takes_value);
  EXPECT_FALSE(find("--follow").takes_value);
  EXPECT_EQ(find("-f").meaning, "go on");
}

TEST_F(CommandLineTest, CompletionsKnowCommandsAndOptions) {
  const auto bash = bash_completion(tree());
  EXPECT_TRUE(has(bash, "\"\") words=\"show store ")) << bash;
  EXPECT_TRUE(has(bash, "\" show\"|\" store\"|\"store make\")")) << bash;
  EXPECT_TRUE(has(bash, "--follow -f --level")) << bash;
  const auto zsh = zsh_completion(tree());
  EXPECT_TRUE(has(zsh, R"('show:it'\''s a look\: closely')")) << zsh;
  const auto fish = fish_completion(tree());
  EXPECT_TRUE(has(fish, "complete -c coppice -n '__fish_use_subcommand' -a store -d 'keep things'"))
      << fish;
  EXPECT_TRUE(has(fish, "-l level -r -d 'how much'")) << fish;
}

TEST_F(CommandLineTest, ManualPageHasEachCommandAndExitCode) {
  const auto page = man_page(tree());
  EXPECT_TRUE(page.starts_with(".TH COPPICE 1")) << page;
  EXPECT_TRUE(has(page, ".SS coppice show PATH\n")) << page;
  EXPECT_TRUE(has(page, ".SS coppice store make\n")) << page;
  EXPECT_TRUE(has(page, "\\-\\-level VALUE")) << page;
  EXPECT_TRUE(has(page, "coppice show /a\\-b")) << page;
  EXPECT_TRUE(has(page, ".SH EXIT STATUS\n")) << page;
  EXPECT_TRUE(has(page, ".B DATABASE_PATH\n")) << page;
}

TEST_F(CommandLineTest, ManualPageHasTheEnvironmentOnce) {
  app_.add_subcommand("serve", "serve")
      ->footer("Example:\n  coppice serve\n\nEnvironment of it:\n  DATABASE_PATH  where");
  const auto page = man_page(tree());
  EXPECT_TRUE(has(page, "\n  coppice serve\n.fi\n")) << page;
  EXPECT_FALSE(has(page, "Environment of it")) << page;
}

}  // namespace
}  // namespace coppice::app::cli
