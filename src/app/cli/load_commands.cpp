#include "app/cli/load_commands.hpp"

#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "app/cli/admin_client.hpp"
#include "app/cli/exit.hpp"
#include "app/cli/load_view.hpp"
#include "app/cli/nodes_view.hpp"
#include "app/cli/operator_command.hpp"

namespace coppice::app::cli {
namespace {

using Render = std::string (*)(std::string_view json);

int show(const OperatorOptions& options, const std::string& path, Render render) {
  const auto answer = AdminClient(options.socket).get(path);
  if (!answer) return report_answer(answer.error());
  std::cout << (options.json ? *answer + "\n" : render(*answer));
  return ExitCode::success;
}

void add(CLI::App& app, std::function<int()>& chosen, const std::string& name, const char* help,
         Render render) {
  const auto options = std::make_shared<OperatorOptions>();
  CLI::App* command = add_operator_command(app, *options, name.c_str(), help, "coppice " + name);
  command->callback([&chosen, options, render, path = "/v1/" + name] {
    chosen = [options, render, path] { return show(*options, path, render); };
  });
}

}  // namespace

void add_load_commands(CLI::App& app, std::function<int()>& chosen) {
  add(app, chosen, "shards", "show how busy each shard is, and who holds one that is stuck",
      render_shards);
  add(app, chosen, "requests", "show the last HTTP requests, newest first", render_requests);
  add(app, chosen, "nodes", "show the nodes of the cluster: their roles, and who lags behind",
      render_nodes);
}

}  // namespace coppice::app::cli
