#include "app/cli/watch_commands.hpp"

#include <cstdint>
#include <iostream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "app/cli/admin_client.hpp"
#include "app/cli/answer.hpp"
#include "app/cli/exit.hpp"
#include "app/cli/level_view.hpp"
#include "app/cli/line_view.hpp"
#include "app/cli/operator_command.hpp"
#include "app/log_level.hpp"

namespace coppice::app::cli {
namespace {

using Render = std::string (*)(std::string_view json, bool colour);

/// What is followed, and how.
struct WatchOptions : OperatorOptions {
  AdminClient::Parameters filters{};
  std::uint32_t lines = 100;
  bool follow = false;
};

struct LevelOptions : OperatorOptions {
  std::string target{};
  std::string level{};
  std::string time{};
};

int print_lines(const OperatorOptions& options, const char* method, const std::string& path,
                const AdminClient::Parameters& parameters, Render render) {
  const bool colour = shows_colours();
  bool understood = true;
  const auto print = [&](std::string_view line) {
    if (line.empty()) return true;
    understood = is_json_object(line);
    if (!understood) return false;
    std::cout << (options.json ? std::string(line) : render(line, colour)) << "\n" << std::flush;
    return std::cout.good();
  };
  const auto outcome = AdminClient(options.socket).stream(method, path, parameters, print);
  if (!understood) return report(not_understood(options.socket));
  return outcome ? ExitCode::success : report_answer(outcome.error());
}

int watch(const WatchOptions& options, const std::string& path, Render render) {
  AdminClient::Parameters parameters{{"lines", std::to_string(options.lines)}};
  if (options.follow) parameters.emplace_back("follow", "true");
  for (const auto& filter : options.filters) {
    if (!filter.second.empty()) parameters.push_back(filter);
  }
  return print_lines(options, "GET", path, parameters, render);
}

/// @p filters  Name of the option and of the parameter, and what it means.
void add_watch_command(CLI::App& app, std::function<int()>& chosen, const char* name,
                       const char* help, const char* examples, Render render,
                       std::initializer_list<std::pair<const char*, const char*>> filters) {
  const auto options = std::make_shared<WatchOptions>();
  CLI::App* command = add_operator_command(app, *options, name, help, examples);
  command->add_flag("-f,--follow", options->follow, "go on with what comes, until Ctrl-C");
  command->add_option("-n,--lines", options->lines, "how many of those that there are (100)");
  options->filters.reserve(filters.size());
  for (const auto& [filter, meaning] : filters) {
    options->filters.emplace_back(filter, "");
    command->add_option(std::string("--") + filter, options->filters.back().second, meaning);
  }
  const auto path = std::string("/v1/") + name;
  command->callback([&chosen, options, path, render] {
    chosen = [options, path, render] { return watch(*options, path, render); };
  });
}

void add_trace_command(CLI::App& app, std::function<int()>& chosen) {
  const auto options = std::make_shared<LevelOptions>();
  CLI::App* command =
      add_operator_command(app, *options, "trace", "show an actor's messages as it handles them",
                           "coppice trace /database/writer\ncoppice trace /presence --for 1m");
  command->add_option("PATH", options->target, "a place in the tree: /database/writer")->required();
  command->add_option("--for", options->time, "how long: 500ms, 10s, up to 10m (10s)");
  command->callback([&chosen, options] {
    chosen = [options] {
      AdminClient::Parameters parameters{{"path", options->target}};
      if (!options->time.empty()) parameters.emplace_back("for", options->time);
      return print_lines(*options, "POST", "/v1/trace", parameters, render_message);
    };
  });
}

/// With one word that is a level, that is the level of all.
int log_level(LevelOptions options) {
  const bool only_level = options.level.empty() && !options.target.empty();
  if (only_level && (options.target == "default" || log_level_from(options.target))) {
    options.level = std::exchange(options.target, "all");
  }
  if (options.level.empty() && !(options.target.empty() && options.time.empty())) {
    std::cerr << "coppice: say which level: trace, debug, info, warning, error, off, or default\n";
    return ExitCode::usage;
  }
  const AdminClient client(options.socket);
  AdminClient::Parameters parameters{{"target", options.target}, {"level", options.level}};
  if (!options.time.empty()) parameters.emplace_back("for", options.time);
  const auto body = options.level.empty() ? client.get("/v1/log-level")
                                          : client.post("/v1/log-level", parameters);
  return print_answer(options.socket, body, options.json, render_levels);
}

void add_log_level_command(CLI::App& app, std::function<int()>& chosen) {
  const auto options = std::make_shared<LevelOptions>();
  CLI::App* command = add_operator_command(
      app, *options, "log-level", "show or change what is logged",
      "coppice log-level\ncoppice log-level debug --for 10m\ncoppice log-level db debug\n"
      "coppice log-level /http error\ncoppice log-level db default\ncoppice log-level default");
  command->add_option("TARGET", options->target,
                      "all, a folder of the source (db, app/mail), or a place in the tree");
  command->add_option("LEVEL", options->level,
                      "trace, debug, info, warning, error, off; default undoes a change");
  command->add_option("--for", options->time, "how long: 10s, 10m, up to 24h (for good)");
  command->callback([&chosen, options] { chosen = [options] { return log_level(*options); }; });
}

}  // namespace

void add_watch_commands(CLI::App& app, std::function<int()>& chosen) {
  add_watch_command(app, chosen, "logs", "show the last lines of the server's log",
                    "coppice logs -f\ncoppice logs --level warning -n 20\n"
                    "coppice logs --actor /database",
                    render_log_line,
                    {{"level", "the least level: debug, info, warning, error"},
                     {"actor", "a place in the tree: its lines and of those below it"},
                     {"folder", "a folder of the source: db, app/mail"}});
  add_watch_command(app, chosen, "events", "show crashes, restarts, slow handlers and the like",
                    "coppice events -f\ncoppice events --kind sup,actor.crash --path /http",
                    render_event,
                    {{"kind", "kinds, comma-separated: actor.crash, or sup for all of sup.*"},
                     {"path", "a place in the tree: its events and of those below it"}});
  add_trace_command(app, chosen);
  add_log_level_command(app, chosen);
}

}  // namespace coppice::app::cli
