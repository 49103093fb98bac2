#include "app/cli/connections_command.hpp"

#include <iostream>
#include <memory>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "app/cli/admin_client.hpp"
#include "app/cli/answer.hpp"
#include "app/cli/connections_view.hpp"
#include "app/cli/exit.hpp"
#include "app/config.hpp"

namespace coppice::app::cli {
namespace {

struct ConnectionsOptions {
  std::string socket = admin_socket_path(lookup_environment);
  bool json = false;
  std::string user;
  std::string address;
  std::string topic;
  std::string transport;
  std::string prefix;
  std::string id;
  std::string after;
  int limit = 100;
};
using OptionsPtr = std::shared_ptr<ConnectionsOptions>;
using Render = std::string (*)(std::string_view json);

int show(const ConnectionsOptions& options, const actors::Result<std::string>& answer,
         Render render) {
  return print_answer(options.socket, answer, options.json, render);
}

/// Those that were given.
AdminClient::Parameters given(AdminClient::Parameters all) {
  std::erase_if(all, [](const auto& each) { return each.second.empty(); });
  return all;
}

int list_connections(const ConnectionsOptions& options) {
  const auto parameters = given({{"user", options.user},
                                 {"address", options.address},
                                 {"topic", options.topic},
                                 {"transport", options.transport},
                                 {"after", options.after},
                                 {"limit", std::to_string(options.limit)}});
  return show(options, AdminClient(options.socket).get("/v1/connections", parameters),
              render_connections);
}

int list_channels(const ConnectionsOptions& options) {
  const auto parameters = given({{"prefix", options.prefix},
                                 {"user", options.user},
                                 {"connection", options.id},
                                 {"after", options.after},
                                 {"limit", std::to_string(options.limit)}});
  return show(options, AdminClient(options.socket).get("/v1/channels", parameters),
              render_channels);
}

int close_channel(const ConnectionsOptions& options) {
  const AdminClient::Parameters parameters{{"connection", options.id}, {"topic", options.topic}};
  return show(options, AdminClient(options.socket).post("/v1/channels/close", parameters),
              render_channel_closed);
}

int disconnect(const ConnectionsOptions& options) {
  if (options.id.empty() == options.user.empty()) {
    std::cerr << "coppice: say whom: the ID of a connection, or --user ID\n";
    return ExitCode::usage;
  }
  if (!options.topic.empty() && options.id.empty()) {
    std::cerr << "coppice: --topic is of one connection: give its ID\n";
    return ExitCode::usage;
  }
  if (!options.topic.empty()) return close_channel(options);
  const auto parameters = given({{"id", options.id}, {"user", options.user}});
  return show(options, AdminClient(options.socket).post("/v1/connections/disconnect", parameters),
              render_disconnected);
}

int list_topics(const ConnectionsOptions& options) {
  const auto parameters = given({{"prefix", options.prefix},
                                 {"after", options.after},
                                 {"limit", std::to_string(options.limit)}});
  return show(options, AdminClient(options.socket).get("/v1/topics", parameters), render_topics);
}

int list_presence(const ConnectionsOptions& options) {
  const auto parameters = given({{"topic", options.topic},
                                 {"after", options.after},
                                 {"limit", std::to_string(options.limit)}});
  return show(options, AdminClient(options.socket).get("/v1/presence", parameters),
              render_presence);
}

CLI::App* add(CLI::App& app, std::function<int()>& chosen, const char* name, const char* help,
              const OptionsPtr& options, int (*run)(const ConnectionsOptions&)) {
  CLI::App* command = app.add_subcommand(name, help);
  command->add_option("--socket", options->socket,
                      "the server's admin socket (ADMIN_SOCKET, or beside the database)");
  command->add_flag("--json", options->json, "print the server's answer as it is");
  command->callback([&chosen, options, run] { chosen = [options, run] { return run(*options); }; });
  return command;
}

void add_page(CLI::App& command, ConnectionsOptions& options) {
  constexpr int kMost = 1000;
  command.add_option("--limit", options.limit, "how many at the most (100)")
      ->check(CLI::Range(1, kMost));
  command.add_option("--after", options.after, "go on after this one");
}

}  // namespace

void add_connections_commands(CLI::App& app, std::function<int()>& chosen) {
  const auto options = std::make_shared<ConnectionsOptions>();
  CLI::App* connections =
      add(app, chosen, "connections", "list clients' connections", options, list_connections);
  connections->add_option("--user", options->user, "those of a user, by id");
  connections->add_option("--address", options->address, "those from an address");
  connections->add_option("--topic", options->topic, "those that have joined a topic");
  connections->add_option("--transport", options->transport, "http, websocket or longpoll")
      ->check(CLI::IsMember({"http", "websocket", "longpoll"}));
  add_page(*connections, *options);
  connections->footer(
      "Examples:\n  coppice connections --topic room:lobby\n"
      "  coppice connections --user 42 --json");

  CLI::App* channels =
      add(app, chosen, "channels", "list what clients have joined", options, list_channels);
  channels->add_option("PREFIX", options->prefix, "those whose topics begin so");
  channels->add_option("--user", options->user, "those of a user, by id");
  channels->add_option("--connection", options->id,
                       "those of one connection, as `coppice connections` shows it");
  add_page(*channels, *options);
  channels->footer(
      "Examples:\n  coppice channels room:\n  coppice channels --connection '<0.12.1>'\n"
      "  coppice channels room:lobby --user 42 --json");

  CLI::App* end =
      add(app, chosen, "disconnect",
          "end a connection, one channel of it, or all sockets of a user", options, disconnect);
  end->add_option("ID", options->id, "of a connection, as `coppice connections` shows it");
  end->add_option("--user", options->user, "all sockets of a user, by id");
  // With an empty one, as of a variable that is not set, the whole connection would end.
  const auto not_empty = [](const std::string& topic) {
    return std::string(topic.empty() ? "the topic is empty" : "");
  };
  end->add_option("--topic", options->topic,
                  "only that channel of the connection, whose others go on")
      ->check(not_empty);
  end->footer(
      "Examples:\n  coppice disconnect '<0.12.1>'\n"
      "  coppice disconnect '<0.12.1>' --topic room:lobby\n  coppice disconnect --user 42");

  CLI::App* topics =
      add(app, chosen, "topics", "list topics with their subscribers", options, list_topics);
  topics->add_option("PREFIX", options->prefix, "those that begin so");
  add_page(*topics, *options);
  topics->footer("Example:\n  coppice topics room:");

  CLI::App* presence =
      add(app, chosen, "presence", "list who is present on a topic", options, list_presence);
  presence->add_option("TOPIC", options->topic, "the topic")->required();
  add_page(*presence, *options);
  presence->footer("Example:\n  coppice presence room:lobby");
}

}  // namespace coppice::app::cli
