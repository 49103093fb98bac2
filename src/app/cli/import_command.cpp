#include "app/cli/import_command.hpp"

#include <iostream>
#include <span>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "app/cli/exit.hpp"
#include "app/cli/own_database.hpp"
#include "app/cli/progress_line.hpp"
#include "app/config.hpp"
#include "app/content/content_commands.hpp"
#include "app/content/folder_import.hpp"
#include "app/content/folder_reader.hpp"
#include "db/connection.hpp"
#include "db/run_commands.hpp"

namespace coppice::app::cli {
namespace {

using actors::Result;
using content::FolderImport;
using content::ImportReport;

/// The database that is imported into.
struct Destination {
  OwnDatabase own;
  db::Connection reader;
};

Result<Destination> open(const std::string& path) {
  auto own = take_database(path);
  if (!own) return std::unexpected(own.error());
  auto reader = db::Connection::open({.path = path, .read_only = true});
  if (!reader) return std::unexpected(reader.error());
  return Destination{std::move(*own), std::move(*reader)};
}

Result<ImportReport> import(Destination& target, const ImportOptions& options) {
  db::CommandRegistry registry;
  content::add_content_commands(registry);
  ProgressLine line(!options.json);
  line.say("importing");
  const auto write = [&](const std::vector<db::Command>& commands) {
    std::vector<FolderImport::WriteResult> results;
    for (auto& reply : db::run_commands(target.own.writer, registry, commands)) {
      if (reply) {
        results.emplace_back(std::move(reply->value));
      } else {
        results.emplace_back(std::unexpected(reply.error()));
      }
    }
    return results;
  };
  return content::import_folder(options.folder, {.trusted = options.trusted}, target.reader, write,
                                line.report());
}

void print(const ImportReport& report, bool json) {
  if (!json) {
    for (const auto& problem : report.problems()) std::cerr << problem << "\n";
    std::cout << report.summary() << "\n";
    return;
  }
  boost::json::array entries;
  for (const auto& entry : report.entries()) {
    boost::json::object line{{"file", entry.file}};
    if (!entry.name.empty()) line["name"] = entry.name;
    if (!entry.kind.empty()) line["kind"] = entry.kind;
    line["outcome"] = entry.change ? content::to_string(entry.change->outcome) : "skipped";
    if (entry.line != 0) line["line"] = entry.line;
    if (!entry.reason.empty()) line["reason"] = entry.reason;
    entries.push_back(std::move(line));
  }
  const boost::json::object body{{"summary", report.summary()}, {"entries", std::move(entries)}};
  std::cout << boost::json::serialize(body) << "\n";
}

}  // namespace

int run_import(const ImportOptions& options) {
  const std::string path =
      options.database.empty() ? database_path(lookup_environment) : options.database;
  if (path.empty()) {
    std::cerr << "coppice: no database: set DATABASE_PATH or give --database\n";
    return ExitCode::usage;
  }
  // Before anything is made: a folder that isn't there must not leave a new database behind.
  if (const auto found = content::FolderReader::open(options.folder, options.trusted); !found) {
    std::cerr << "coppice: " << found.error().message() << "\n";
    return ExitCode::failure;
  }
  auto target = open(path);
  if (!target) {
    std::cerr << "coppice: " << target.error().message() << "\n";
    return ExitCode::failure;
  }
  const auto report = import(*target, options);
  if (!report) {
    std::cerr << "coppice: " << report.error().message() << "\n";
    return ExitCode::failure;
  }
  print(*report, options.json);
  return report->skipped() == 0 ? ExitCode::success : ExitCode::failure;
}

}  // namespace coppice::app::cli
