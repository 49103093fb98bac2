#include "app/cli/load_commands.hpp"

#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "app/cli/admin_client.hpp"
#include "app/cli/answer.hpp"
#include "app/cli/load_view.hpp"
#include "app/cli/nodes_view.hpp"
#include "app/cli/operator_command.hpp"

namespace coppice::app::cli {
namespace {

using Render = std::string (*)(std::string_view json);

int show(const OperatorOptions& options, const std::string& path, Render render) {
  return print_answer(options.socket, AdminClient(options.socket).get(path), options.json, render);
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
