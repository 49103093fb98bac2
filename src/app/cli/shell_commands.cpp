#include "app/cli/shell_commands.hpp"

#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "app/cli/command_tree.hpp"
#include "app/cli/completion.hpp"
#include "app/cli/exit.hpp"
#include "app/cli/man_page.hpp"

namespace coppice::app::cli {
namespace {

int print_completion(const CLI::App& app, const std::string& shell) {
  const auto commands = command_tree(app);
  if (shell == "bash") {
    std::cout << bash_completion(commands);
  } else if (shell == "zsh") {
    std::cout << zsh_completion(commands);
  } else {
    std::cout << fish_completion(commands);
  }
  return ExitCode::success;
}

}  // namespace

void add_shell_commands(CLI::App& app, std::function<int()>& chosen) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* completion =
      app.add_subcommand("completion", "print a script that completes commands in a shell");
  completion->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->footer(
      "Examples:\n  source <(coppice completion bash)\n  coppice completion fish | source");
  completion->callback(
      [&app, &chosen, shell] { chosen = [&app, shell] { return print_completion(app, *shell); }; });

  CLI::App* man = app.add_subcommand("man", "print the manual page");
  man->footer("Examples:\n  coppice man | man -l -\n  coppice man > /usr/share/man/man1/coppice.1");
  man->callback([&app, &chosen] {
    chosen = [&app] {
      std::cout << man_page(command_tree(app));
      return int{ExitCode::success};
    };
  });
}

}  // namespace coppice::app::cli
