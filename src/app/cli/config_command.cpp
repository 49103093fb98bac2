#include "app/cli/config_command.hpp"

#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "app/cli/admin_client.hpp"
#include "app/cli/answer.hpp"
#include "app/cli/columns.hpp"
#include "app/cli/exit.hpp"
#include "app/cli/operator_command.hpp"
#include "app/config.hpp"
#include "app/config_report.hpp"

namespace coppice::app::cli {
namespace {

struct ConfigOptions : OperatorOptions {
  bool local = false;
  bool check = false;
};

int check_config(bool json) {
  const auto config = read_config(lookup_environment);
  if (!config) {
    std::cerr << config.error().context;
    return ExitCode::usage;
  }
  std::cout << (json ? R"({"ok":true})" : "the environment is well") << "\n";
  return ExitCode::success;
}

int show_config(const ConfigOptions& options) {
  if (options.check) return check_config(options.json);
  if (options.local) {
    const auto json = config_json(config_report(lookup_environment));
    std::cout << (options.json ? json + "\n" : render_config(json));
    return ExitCode::success;
  }
  const auto answer = AdminClient(options.socket).get("/v1/config");
  const int code = print_answer(options.socket, answer, options.json, render_config);
  if (code != ExitCode::success) {
    std::cerr << "coppice: `coppice config --local` shows what the environment says\n";
  }
  return code;
}

}  // namespace

void add_config_command(CLI::App& app, std::function<int()>& chosen) {
  const auto options = std::make_shared<ConfigOptions>();
  CLI::App* command = add_operator_command(
      app, *options, "config", "show the configuration in force, without its secrets",
      "coppice config\ncoppice config --local --json\ncoppice config --check");
  command->add_flag("--local", options->local, "what this environment says, without a server");
  command->add_flag("--check", options->check,
                    "only whether a server could start with this environment: else exit code 2");
  command->callback([&chosen, options] { chosen = [options] { return show_config(*options); }; });
}

std::string render_config(std::string_view json) {
  constexpr std::size_t kNameColumns = 28;
  std::string set;
  std::string unset;
  const auto value = boost::json::parse(json);
  for (const auto& each : value.at("variables").as_array()) {
    const auto& variable = each.as_object();
    const bool is_set = variable.at("source") == "environment";
    auto& out = is_set ? set : unset;
    out += "  " + padded(std::string(variable.at("name").as_string()), kNameColumns) + "  " +
           std::string(variable.at("value").as_string()) + "\n";
  }
  return "From the environment:\n" + (set.empty() ? "  nothing\n" : set) + "By default:\n" + unset;
}

}  // namespace coppice::app::cli
