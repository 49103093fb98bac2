#include "app/cli/crashes_command.hpp"

#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "app/cli/admin_client.hpp"
#include "app/cli/answer.hpp"
#include "app/cli/inspect_view.hpp"
#include "app/config.hpp"
#include "app/crashes/read_crashes.hpp"

namespace coppice::app::cli {
namespace {

using actors::Errc;
using actors::Result;

constexpr std::size_t kShownReason = 100;

struct CrashesOptions {
  std::string id;
  crashes::WrittenFilter filter;
  std::string socket = admin_socket_path(lookup_environment);
  std::string database;
  bool json = false;
};

Result<std::string> ask_for_crashes(const CrashesOptions& options) {
  const AdminClient client(options.socket);
  if (!options.id.empty()) return client.get("/v1/crashes/" + options.id);
  AdminClient::Parameters parameters;
  for (const auto& [name, value] :
       {std::pair("path", options.filter.path), std::pair("since", options.filter.since),
        std::pair("limit", options.filter.limit), std::pair("cursor", options.filter.cursor)}) {
    if (!value.empty()) parameters.emplace_back(name, value);
  }
  return client.get("/v1/crashes", parameters);
}

Result<std::string> read_file(const CrashesOptions& options, const std::string& path) {
  auto connection = db::Connection::open({.path = path, .read_only = true});
  if (!connection) return std::unexpected(std::move(connection.error()));
  if (!options.id.empty()) {
    const auto id = crashes::parse_crash_id(options.id);
    if (!id) return std::unexpected(id.error());
    const auto crash = crashes::read_crash(*connection, *id);
    if (!crash) return std::unexpected(crash.error());
    return crashes::crash_json(*crash);
  }
  const auto filter = crashes::crash_filter(options.filter);
  if (!filter) return std::unexpected(filter.error());
  const auto found = crashes::read_crashes(*connection, *filter);
  if (!found) return std::unexpected(found.error());
  return crashes::crashes_json(*found, *filter);
}

/// A server knows also what it could not write yet. It is not asked if a file is named.
Result<std::string> find_crashes(const CrashesOptions& options) {
  if (!options.database.empty()) return read_file(options, options.database);
  // Looked at here, so that it doesn't depend on a server what is a mistake.
  if (!options.id.empty()) {
    if (auto id = crashes::parse_crash_id(options.id); !id) return std::unexpected(id.error());
  }
  auto answer = ask_for_crashes(options);
  if (answer || answer.error() != Errc::unavailable) return answer;
  const auto path = database_path(lookup_environment);
  if (path.empty()) return answer;
  auto read = read_file(options, path);
  if (read) std::cerr << answer.error().context << "; this is what " << path << " has\n";
  if (read || read.error() != Errc::not_found || !options.id.empty()) return read;
  return actors::fail(Errc::unavailable, answer.error().context + "; and there is no database at " +
                                             path + " (DATABASE_PATH) to read");
}

int show_crashes(const CrashesOptions& options) {
  return print_answer(options.socket, find_crashes(options), options.json,
                      options.id.empty() ? render_crashes : render_actor);
}

/// The first line, not too long.
std::string short_reason(const boost::json::value& reason) {
  std::string text(reason.as_string());
  text.resize(std::min(text.find('\n'), text.size()));
  return clean_text(text, kShownReason);
}

std::string crash_line(const boost::json::value& crash) {
  const auto number = [&](const char* name) { return crash.at(name).to_number<std::int64_t>(); };
  const bool is_kept = crash.as_object().contains("id");
  const auto* path = crash.at("path").if_string();
  return fmt::format("{:>6}  {:<24}  {:>5}  {}  {}\n", is_kept ? std::to_string(number("id")) : "-",
                     std::string_view(crash.at("last_at").as_string()), number("count"),
                     path != nullptr ? std::string_view(*path) : "(process)",
                     short_reason(crash.at("reason")));
}

/// What keeps crashes from being listed.
std::string trouble_in(const boost::json::object& body) {
  std::string text;
  if (const auto* unread = body.at("unread").if_string()) {
    text += fmt::format("those that were written can't be read: {}\n", std::string_view(*unread));
  }
  const auto* reports = body.if_contains("unread_reports");
  if (reports == nullptr) return text;  // a server of an earlier release
  for (const auto& report : reports->as_array()) {
    text += fmt::format("what a fatal signal has left can't be read: {}: {}\n",
                        std::string_view(report.at("file").as_string()),
                        std::string_view(report.at("why").as_string()));
  }
  return text;
}

}  // namespace

std::string render_crashes(std::string_view json) {
  const auto body = boost::json::parse(json);
  const auto& waiting = body.at("waiting").as_array();
  const auto& kept = body.at("crashes").as_array();
  const auto trouble = trouble_in(body.as_object());
  if (waiting.empty() && kept.empty()) return trouble.empty() ? "no crashes\n" : trouble;
  std::string out = fmt::format("{:>6}  {:<24}  {:>5}  {}\n", "ID", "LAST", "COUNT", "WHAT");
  for (const auto& crash : waiting) out += crash_line(crash);
  for (const auto& crash : kept) out += crash_line(crash);
  if (!waiting.empty()) out += "those without an id have not been written down yet\n";
  if (const auto dropped = body.at("dropped").to_number<std::uint64_t>(); dropped > 0) {
    out += fmt::format("{} more were let go before they could be written\n", dropped);
  }
  out += trouble;
  if (const auto* next = body.at("next_cursor").if_string()) {
    out += fmt::format("older ones: --cursor {}\n", std::string_view(*next));
  }
  return out;
}

void add_crashes_command(CLI::App& app, std::function<int()>& chosen) {
  CLI::App* command =
      app.add_subcommand("crashes", "show the last crashes, also while no server runs");
  const auto options = std::make_shared<CrashesOptions>();
  command->add_option("ID", options->id, "show all about this one, with its stack");
  command->add_option("--path", options->filter.path, "only of this place in the tree and below");
  command->add_option("--since", options->filter.since,
                      "only since 2026-01-30T08:00:00Z, or a day");
  command->add_option("--limit", options->filter.limit, "how many, 1 to 100 (20)");
  command->add_option("--cursor", options->filter.cursor, "go on after the page before");
  command->add_option("--socket", options->socket,
                      "the server's admin socket (ADMIN_SOCKET, or beside the database)");
  command->add_option("--database", options->database,
                      "read this file, whatever runs (DATABASE_PATH if no server answers)");
  command->add_flag("--json", options->json, "print it as JSON");
  command->footer("Examples:\n  coppice crashes --path /database\n  coppice crashes 17");
  command->callback([&chosen, options] { chosen = [options] { return show_crashes(*options); }; });
}

}  // namespace coppice::app::cli
