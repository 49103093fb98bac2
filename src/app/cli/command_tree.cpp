#include "app/cli/command_tree.hpp"

#include <CLI/CLI.hpp>

namespace coppice::app::cli {
namespace {

OptionInfo info_of(const CLI::Option& option) {
  OptionInfo info{.names = {},
                  .meaning = option.get_description(),
                  .takes_value = option.get_items_expected_max() > 0,
                  .is_argument = option.get_lnames().empty() && option.get_snames().empty(),
                  .is_required = option.get_required()};
  if (info.is_argument) info.names.push_back(option.get_name(true));
  for (const auto& name : option.get_lnames()) info.names.push_back("--" + name);
  for (const auto& name : option.get_snames()) info.names.push_back("-" + name);
  return info;
}

void add_command(const CLI::App& app, const std::string& path, std::vector<CommandInfo>& out) {
  CommandInfo info{.path = path,
                   .meaning = app.get_description(),
                   .footer = app.get_footer(),
                   .options = {},
                   .children = {}};
  for (const CLI::Option* option : app.get_options()) info.options.push_back(info_of(*option));
  const auto children = app.get_subcommands([](const CLI::App* /*each*/) { return true; });
  for (const CLI::App* child : children) info.children.push_back(child->get_name());
  out.push_back(std::move(info));
  for (const CLI::App* child : children) {
    add_command(*child, path.empty() ? child->get_name() : path + " " + child->get_name(), out);
  }
}

}  // namespace

std::vector<CommandInfo> command_tree(const CLI::App& app) {
  std::vector<CommandInfo> out;
  add_command(app, "", out);
  return out;
}

}  // namespace coppice::app::cli
