#include "app/cli/db_command.hpp"

#include <chrono>
#include <expected>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <system_error>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "app/cli/admin_client.hpp"
#include "app/cli/answer.hpp"
#include "app/cli/ask_server.hpp"
#include "app/cli/connections_view.hpp"
#include "app/cli/exit.hpp"
#include "app/cli/print_json.hpp"
#include "app/cli/progress_line.hpp"
#include "app/config.hpp"
#include "app/database_check.hpp"
#include "app/reindex.hpp"
#include "db/backup/check.hpp"
#include "db/connection.hpp"
#include "db/litefs/position_file.hpp"
#include "db/process_guard.hpp"
#include "db/stats.hpp"

namespace coppice::app::cli {
namespace {

using actors::Errc;
using actors::Result;
using boost::json::object;

int report_at(const std::string& path, const actors::Error& error, int code = ExitCode::failure) {
  const bool names_it = error.context.find(path) != std::string::npos;
  std::cerr << "coppice: " << (names_it ? "" : path + ": ") << error.message() << "\n";
  return code;
}

std::string path_of(const DbCommandOptions& options) {
  return options.database.empty() ? database_path(lookup_environment) : options.database;
}

int no_database() {
  std::cerr << "coppice: no database: set DATABASE_PATH or give --database\n";
  return ExitCode::usage;
}

std::uint64_t size_of(const std::string& path) {
  std::error_code none;
  const auto size = std::filesystem::file_size(path, none);
  return none ? 0 : size;
}

object json_of(const std::string& path, const db::DatabaseStats& stats) {
  boost::json::array tables;
  for (const auto& [name, rows, bytes] : stats.tables) {
    tables.push_back(object{{"name", name}, {"rows", rows}, {"bytes", bytes}});
  }
  object out{{"database", path},
             {"bytes", stats.page_size * stats.pages},
             {"wal_bytes", size_of(path + "-wal")},
             {"page_size", stats.page_size},
             {"pages", stats.pages},
             {"free_pages", stats.free_pages},
             {"schema_version", stats.schema_version},
             {"tables", std::move(tables)}};
  if (stats.position) out["position"] = db::to_string(*stats.position);
  return out;
}

void print_stats(const std::string& path, const db::DatabaseStats& stats) {
  std::cout << fmt::format(
      "{}: {} bytes in {} pages of {}, {} of them free; WAL {} bytes\nschema {}, position {}\n",
      path, stats.page_size * stats.pages, stats.pages, stats.page_size, stats.free_pages,
      size_of(path + "-wal"), stats.schema_version,
      stats.position ? db::to_string(*stats.position) : "none");
  std::cout << fmt::format("{:>12} {:>12}  TABLE\n", "BYTES", "ROWS");
  for (const auto& [name, rows, bytes] : stats.tables) {
    std::cout << fmt::format("{:>12} {:>12}  {}\n", bytes, rows, name);
  }
}

/// What a server says of this database, for programs and for people.
struct ServerFigures {
  object json;
  std::string text;
};

/// What the server says that serves this database, if one does. Errors: not_understood().
Result<std::optional<ServerFigures>> server_figures(const std::string& path,
                                                    const std::string& socket) {
  const auto answer = AdminClient(socket).get("/v1/database");
  if (!answer) return std::nullopt;
  const auto read = [&path](const std::string& json) -> std::optional<ServerFigures> {
    auto body = boost::json::parse(json).as_object();
    std::error_code different;
    const std::string served(body.at("database").as_string());
    if (!std::filesystem::equivalent(served, path, different)) return std::nullopt;
    return ServerFigures{.json = std::move(body), .text = render_server_figures(json)};
  };
  return read_answer(socket, *answer, read);
}

struct Sizes {
  std::int64_t before;
  std::int64_t after;
};

Result<std::int64_t> bytes_in(db::Connection& connection) {
  const auto stats = db::read_stats(connection);
  if (!stats) return std::unexpected(stats.error());
  return stats->page_size * stats->pages;
}

Result<Sizes> vacuum(const std::string& path, ProgressLine& line) {
  if (db::litefs::is_replicated(path)) {
    return actors::fail(Errc::unsupported,
                        "LiteFS replicates this database, and loses track of one that shrinks");
  }
  const auto guard = db::ProcessGuard::acquire(path);
  if (!guard) return std::unexpected(guard.error());
  auto connection = db::Connection::open({.path = path});
  if (!connection) return std::unexpected(std::move(connection.error()));
  const auto before = bytes_in(*connection);
  if (!before) return std::unexpected(before.error());
  line.say("rewriting the file");
  if (auto done = connection->execute("VACUUM"); !done) return std::unexpected(done.error());
  const auto after = bytes_in(*connection);
  if (!after) return std::unexpected(after.error());
  return Sizes{*before, *after};
}

constexpr std::chrono::minutes kCheckTimeout(30);

/// What was done, as JSON. A database in use is its server's to change.
std::expected<std::string, Refusal> reindex(const std::string& path, const std::string& socket,
                                            ProgressLine& line) {
  const auto rebuilt = reindex_stopped(path, line.report());
  if (rebuilt) return reindexed_json(path, *rebuilt);
  if (rebuilt.error() != Errc::busy) return std::unexpected(Refusal{.error = rebuilt.error()});
  return ask_server(socket, "/v1/database/reindex",
                    {{"database", std::filesystem::absolute(path).string()}}, kCheckTimeout,
                    rebuilt.error(), line);
}

/// Does something long while a person sees how far it is; the line is gone before the result.
template <class Work>
auto with_progress(const DbCommandOptions& options, Work work) {
  ProgressLine line(!options.json);
  return work(line);
}

std::string render_rebuilt(const std::string& path, const std::string& json) {
  const auto body = boost::json::parse(json).as_object();
  const auto& names = body.at("rebuilt").as_array();
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + std::string(name.as_string());
  return path + ": " + (list.empty() ? "there is no full-text index" : "made anew: " + list) + "\n";
}

}  // namespace

int run_db_reindex(const DbCommandOptions& options) {
  const auto path = path_of(options);
  if (path.empty()) return no_database();
  const auto done = with_progress(
      options, [&](ProgressLine& line) { return reindex(path, options.socket, line); });
  if (!done) return report_at(path, done.error().error, done.error().code);
  return print_answer(options.socket, *done, options.json,
                      [&path](const std::string& json) { return render_rebuilt(path, json); });
}

int run_db_check(const DbCommandOptions& options) {
  const auto path = path_of(options);
  if (path.empty()) return no_database();
  const auto found = with_progress(
      options, [&](ProgressLine& line) { return db::check_database(path, line.report()); });
  if (!found) return report_at(path, found.error());
  if (options.json) {
    std::cout << checked_json(path, *found) << "\n";
  } else {
    for (const auto& problem : *found) std::cout << path << ": " << problem << "\n";
    if (found->empty()) std::cout << path << ": ok\n";
  }
  return found->empty() ? ExitCode::success : ExitCode::failure;
}

int run_db_stats(const DbCommandOptions& options) {
  const auto path = path_of(options);
  if (path.empty()) return no_database();
  auto connection = db::Connection::open({.path = path, .read_only = true});
  if (!connection) return report_at(path, connection.error());
  const auto stats = db::read_stats(*connection);
  if (!stats) return report_at(path, stats.error());
  const auto server = server_figures(path, options.socket);
  if (options.json) {
    auto body = json_of(path, *stats);
    if (server && *server) body["server"] = (*server)->json;
    print_json(body);
  } else {
    print_stats(path, *stats);
    if (server && *server) std::cout << (*server)->text;
  }
  return server ? ExitCode::success : report(server.error());
}

int run_db_vacuum(const DbCommandOptions& options) {
  const auto path = path_of(options);
  if (path.empty()) return no_database();
  const auto sizes = with_progress(options, [&](ProgressLine& line) { return vacuum(path, line); });
  if (!sizes && sizes.error() == Errc::busy) {
    return report_at(path, {Errc::busy, sizes.error().context +
                                            "; stop the server first: a vacuum rewrites the whole "
                                            "file, and no write gets through meanwhile"});
  }
  if (!sizes) return report_at(path, sizes.error());
  if (options.json) {
    print_json(
        {{"database", path}, {"bytes_before", sizes->before}, {"bytes_after", sizes->after}});
  } else {
    std::cout << fmt::format("{}: {} bytes before, {} bytes now\n", path, sizes->before,
                             sizes->after);
  }
  return ExitCode::success;
}

}  // namespace coppice::app::cli
