#include "app/cli/commands.hpp"

#include <functional>
#include <iostream>
#include <string>
#include <tuple>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "app/accounts/secret.hpp"
#include "app/application.hpp"
#include "app/cli/admin_client.hpp"
#include "app/cli/answer.hpp"
#include "app/cli/backup_command.hpp"
#include "app/cli/config_command.hpp"
#include "app/cli/connections_command.hpp"
#include "app/cli/crashes_command.hpp"
#include "app/cli/db_command.hpp"
#include "app/cli/drain_command.hpp"
#include "app/cli/exit.hpp"
#include "app/cli/fill_in_socket.hpp"
#include "app/cli/group_examples.hpp"
#include "app/cli/health_command.hpp"
#include "app/cli/import_command.hpp"
#include "app/cli/inspect_view.hpp"
#include "app/cli/load_commands.hpp"
#include "app/cli/migrate_command.hpp"
#include "app/cli/operator_command.hpp"
#include "app/cli/print_json.hpp"
#include "app/cli/routes_command.hpp"
#include "app/cli/shell_commands.hpp"
#include "app/cli/terminal.hpp"
#include "app/cli/token_command.hpp"
#include "app/cli/top_command.hpp"
#include "app/cli/tree_view.hpp"
#include "app/cli/user_command.hpp"
#include "app/cli/watch_commands.hpp"
#include "app/config.hpp"
#include "app/version.hpp"

namespace coppice::app::cli {
namespace {

constexpr std::size_t kSecretKeyBaseBytes = 48;  // 64 characters

/// What an operator's command needs from the command line.
struct Options {
  std::string socket = admin_socket_path(lookup_environment);
  std::string path;
  bool json = false;
  bool all = false;
  bool cluster = false;
};

int run_server() {
  const auto config = read_config(lookup_environment);
  if (!config) {
    std::cerr << config.error().context;
    return ExitCode::usage;
  }
  return serve(*config);
}

TreeStyle style_of(const Options& options) {
  return {.colour = shows_colours(), .columns = terminal_size().columns, .all = options.all};
}

int show_tree(const Options& options) {
  const bool every = options.all || options.json;
  const auto body =
      AdminClient(options.socket).get("/v1/tree", {{"children", every ? "all" : "count"}});
  return print_answer(options.socket, body, options.json, [&options](const std::string& json) {
    return render_tree(json, style_of(options));
  });
}

int show_trees(const Options& options) {
  const auto body = AdminClient(options.socket).get("/v1/cluster/tree");
  return print_answer(options.socket, body, options.json, [&options](const std::string& json) {
    return render_trees(json, style_of(options));
  });
}

int show_actor(const Options& options) {
  const auto body = AdminClient(options.socket).get("/v1/actor", {{"path", options.path}});
  return print_answer(options.socket, body, options.json, render_actor);
}

int show_metrics(const Options& options) {
  AdminClient::Parameters parameters;
  if (options.json) parameters.emplace_back("format", "json");
  const auto body = AdminClient(options.socket).get("/v1/metrics", parameters);
  // For people it is text and no JSON.
  return print_answer(options.socket, body, options.json,
                      [](const std::string& text) { return text; });
}

/// Says that what was ordered is done, if the server's answer says so.
int print_done(const Options& options, const actors::Result<std::string>& answer,
               const std::string& what) {
  return print_answer(options.socket, answer, options.json, [&what](const std::string& json) {
    std::ignore = boost::json::parse(json).as_object();
    return what + "\n";
  });
}

int act(const Options& options, const std::string& action, const std::string& done) {
  const auto body = AdminClient(options.socket).post("/v1/" + action, {{"path", options.path}});
  return print_done(options, body, options.path + " " + done);
}

int stop(const Options& options) {
  if (!options.path.empty()) return act(options, "stop", "stopped");
  const auto body = AdminClient(options.socket).post("/v1/server/stop");
  return print_done(options, body, "the server is stopping");
}

std::string environment_help() {
  std::string text = "Environment of `coppice server`:\n";
  for (const auto& variable : config_variables()) {
    std::string name(variable.name);
    name.resize(std::max<std::size_t>(name.size() + 1, 18), ' ');
    text += "  " + name + std::string(variable.meaning);
    if (!variable.fallback.empty()) text += " (" + std::string(variable.fallback) + ")";
    text += "\n";
  }
  return text;
}

std::string exit_code_help() {
  std::string text = "Exit codes:\n";
  for (const auto& [code, meaning] : kExitMeanings) {
    text += "  " + std::to_string(code) + "  " + std::string(meaning) + "\n";
  }
  return text;
}

/// Adds a subcommand that talks to a running server.
CLI::App* operator_command(CLI::App& app, Options& options, const char* name, const char* help,
                           const char* example) {
  CLI::App* command = app.add_subcommand(name, help);
  command->add_option("--socket", options.socket,
                      "the server's admin socket (ADMIN_SOCKET, or beside the database)");
  command->add_flag("--json", options.json, "print the server's answer as it is");
  command->footer(std::string("Example:\n  ") + example);
  return command;
}

int print_secret(bool json) {
  const auto secret = accounts::base64url(accounts::random_bytes(kSecretKeyBaseBytes));
  if (json) {
    print_json({{"secret", secret}});
  } else {
    std::cout << secret << "\n";
  }
  return ExitCode::success;
}

using Choose = std::function<void(CLI::App*, std::function<int()>)>;

/// Adds to the help of what reads the whole database in one go. LiteFS applies what arrives on a
/// replica only while nobody reads.
void warn_of_replicas(CLI::App* command) {
  command->footer(
      command->get_footer() +
      "\n\nOn a replica of LiteFS's, replication waits until this is done. Where that may "
      "not be,\nuse the primary.");
}

/// Adds `coppice backup` with its own commands.
void add_backup_commands(CLI::App& app, BackupCommandOptions& options, const Choose& choose) {
  CLI::App* backup = app.add_subcommand("backup", "make, list, verify and restore backups");
  backup->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, int (*run)(const BackupCommandOptions&),
                       const char* example) {
    CLI::App* command = backup->add_subcommand(name, help);
    command->add_flag("--json", options.json, "print the result as JSON");
    command->add_flag("--local", options.local, "leave the S3 store alone");
    command->footer(std::string("Example:\n  ") + example);
    choose(command, [&options, run] {
      fill_in_socket(options);
      return run(options);
    });
    return command;
  };
  CLI::App* create =
      add("create", "back the database up; a server that runs on it is asked to", run_backup_create,
          "coppice backup create\n  coppice backup create --to /backups");
  create->add_option("--to", options.folder,
                     "folder for the backup (BACKUP_PATH), which then no server makes");
  warn_of_replicas(create);
  CLI::App* list =
      add("list", "show the backups, newest first", run_backup_list, "coppice backup list");
  CLI::App* verify = add("verify", "unpack a backup and check everything in it", run_backup_verify,
                         "coppice backup verify latest");
  CLI::App* restore =
      add("restore", "put a backup in the database's place; the old one is kept beside it",
          run_backup_restore, "coppice backup restore latest --database data/coppice.db");
  for (CLI::App* command : {create, restore}) {
    command->add_option("--socket", options.socket,
                        "the server's admin socket (ADMIN_SOCKET, or beside the database)");
  }
  for (CLI::App* command : {list, verify, restore}) {
    command->add_option("--from", options.folder, "folder of the backups (BACKUP_PATH)");
  }
  for (CLI::App* command : {verify, restore}) {
    command->add_option("BACKUP", options.which, "a file, the name of a backup, or latest")
        ->required();
  }
  for (CLI::App* command : {create, restore}) {
    command->add_option("--database", options.database, "the database file (DATABASE_PATH)");
  }
}

/// Adds `coppice db` with its own commands.
void add_db_commands(CLI::App& app, DbCommandOptions& options, const Choose& choose) {
  CLI::App* db = app.add_subcommand("db", "look after the database file");
  db->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, int (*run)(const DbCommandOptions&)) {
    CLI::App* command = db->add_subcommand(name, help);
    command->add_option("--database", options.database, "the database file (DATABASE_PATH)");
    command->footer(std::string("Example:\n  coppice db ") + name + " --database data/coppice.db");
    choose(command, [&options, run] {
      fill_in_socket(options);
      return run(options);
    });
    return command;
  };
  CLI::App* check = add("check", "look for damage, also while a server runs", run_db_check);
  CLI::App* reindex =
      add("reindex", "make the full-text indexes anew, also while a server runs", run_db_reindex);
  CLI::App* stats =
      add("stats", "sizes, tables and position, and how a running server fares", run_db_stats);
  for (CLI::App* command : {reindex, stats}) {
    command->add_option("--socket", options.socket,
                        "the server's admin socket (ADMIN_SOCKET, or beside the database)");
  }
  CLI::App* vacuum = add("vacuum", "give free pages back, while no server runs", run_db_vacuum);
  for (CLI::App* command : {check, stats}) warn_of_replicas(command);
  for (CLI::App* command : {check, reindex, stats, vacuum}) {
    command->add_flag("--json", options.json, "print the result as JSON");
  }
}

void add_path(CLI::App* command, Options& options, bool required) {
  auto* path = command->add_option("PATH", options.path, "a place in the tree: /database/writer");
  path->required(required);
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App app{"Coppice: a backend whose every part is an actor that grows back."};
  app.set_version_flag("--version", "coppice " + std::string(kVersion));
  app.require_subcommand(1);
  app.footer(environment_help() + "\n" + exit_code_help());

  Options options;
  ImportOptions import;
  BackupCommandOptions backup;
  DbCommandOptions database;
  std::function<int()> chosen;
  const Choose choose = [&chosen](CLI::App* command, std::function<int()> action) {
    command->callback([&chosen, action = std::move(action)] { chosen = action; });
  };

  CLI::App* server = app.add_subcommand("server", "run the server until SIGTERM");
  server->footer(
      "Examples:\n  coppice server\n"
      "  PORT=8080 DATABASE_PATH=data/coppice.db coppice server\n\n" +
      environment_help());
  choose(server, run_server);

  CLI::App* importer = app.add_subcommand("import", "import a content folder into the database");
  importer->add_option("PATH", import.folder, "folder with posts/, projects/ and assets/")
      ->required();
  importer->add_option("--database", import.database, "the database file (DATABASE_PATH)");
  importer->add_option("--socket", import.socket,
                       "the server's admin socket (ADMIN_SOCKET, or beside the database)");
  importer->add_flag("--trusted", import.trusted, "keep raw HTML in Markdown as it is written");
  importer->add_flag("--force", import.force,
                     "import what editors have changed or deleted since too");
  importer->add_flag("--json", import.json, "print the report as JSON");
  importer->footer("Example:\n  coppice import content --database data/coppice.db");
  choose(importer, [&import] {
    fill_in_socket(import);
    return run_import(import);
  });

  add_backup_commands(app, backup, choose);
  add_db_commands(app, database, choose);
  add_migrate_command(app, chosen);
  add_user_command(app, chosen);
  add_token_command(app, chosen);

  CLI::App* secret = app.add_subcommand("secret", "print a new value for SECRET_KEY_BASE");
  secret->add_flag("--json", options.json, "print it as JSON");
  secret->footer("Example:\n  coppice secret");
  choose(secret, [&options] { return print_secret(options.json); });
  add_routes_command(app, chosen);
  add_health_command(app, chosen);
  add_connections_commands(app, chosen);
  add_crashes_command(app, chosen);
  add_load_commands(app, chosen);

  CLI::App* tree =
      operator_command(app, options, "tree", "show the actors of a running server", "coppice tree");
  CLI::Option* all = tree->add_flag("--all", options.all,
                                    "every connection, not only their number; as with --json");
  tree->add_flag("--cluster", options.cluster,
                 "the trees of all nodes of the cluster, with the number of their connections")
      ->excludes(all);
  choose(tree, [&options] { return options.cluster ? show_trees(options) : show_tree(options); });

  CLI::App* inspect = operator_command(app, options, "inspect", "show one actor in detail",
                                       "coppice inspect /database/writer\n"
                                       "  coppice inspect '<0.7.1>'");
  inspect
      ->add_option("PATH", options.path,
                   "a place in the tree, or the pid of who lives in one: /database/writer, <0.7.1>")
      ->required();
  choose(inspect, [&options] { return show_actor(options); });
  choose(operator_command(app, options, "metrics", "print the metrics, as Prometheus reads them",
                          "coppice metrics | grep http_requests"),
         [&options] { return show_metrics(options); });

  CLI::App* restart = operator_command(app, options, "restart", "stop an actor and start it again",
                                       "coppice restart /pubsub");
  add_path(restart, options, true);
  choose(restart, [&options] { return act(options, "restart", "restarted"); });

  CLI::App* stopper = operator_command(
      app, options, "stop", "stop one actor, or without PATH the server", "coppice stop");
  add_path(stopper, options, false);
  choose(stopper, [&options] { return stop(options); });

  CLI::App* suspend = operator_command(app, options, "suspend", "let an actor handle no messages",
                                       "coppice suspend /presence");
  add_path(suspend, options, true);
  choose(suspend, [&options] { return act(options, "suspend", "suspended"); });

  CLI::App* resume = operator_command(app, options, "resume", "let a suspended actor go on",
                                      "coppice resume /presence");
  add_path(resume, options, true);
  choose(resume, [&options] { return act(options, "resume", "resumed"); });

  CLI::App* crash =
      operator_command(app, options, "crash", "make an actor crash, outside production: a drill",
                       "coppice crash /presence");
  add_path(crash, options, true);
  choose(crash, [&options] { return act(options, "crash", "was made to crash"); });

  CLI::App* kill =
      operator_command(app, options, "kill", "end an actor at once; its supervisor starts it again",
                       "coppice kill /presence");
  add_path(kill, options, true);
  choose(kill, [&options] { return act(options, "kill", "was killed"); });
  add_top_command(app, chosen);
  add_watch_commands(app, chosen);
  add_config_command(app, chosen);
  add_drain_command(app, chosen);
  add_shell_commands(app, chosen);
  add_group_examples(app);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? ExitCode::success : ExitCode::usage;
  }
  return chosen();
}

}  // namespace coppice::app::cli
