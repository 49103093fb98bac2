#include "app/cli/group_examples.hpp"

#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace coppice::app::cli {
namespace {

constexpr std::string_view kExampleAt = "\n  coppice ";

/// The line "  coppice …" of a footer that begins with examples; empty if it doesn't.
std::string first_example(std::string_view footer) {
  const auto begin = footer.starts_with("Example") ? footer.find(kExampleAt) : footer.npos;
  if (begin == footer.npos) return {};
  return std::string(footer.substr(begin, footer.find('\n', begin + 1) - begin));
}

}  // namespace

void add_group_examples(CLI::App& app) {
  const auto all = [](const CLI::App* /*command*/) { return true; };
  for (CLI::App* command : app.get_subcommands(all)) {
    std::string examples;
    for (const CLI::App* each : command->get_subcommands(all)) {
      examples += first_example(each->get_footer());
    }
    if (!examples.empty()) command->footer("Examples:" + examples);
  }
}

}  // namespace coppice::app::cli
