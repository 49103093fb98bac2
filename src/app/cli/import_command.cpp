#include "app/cli/import_command.hpp"

#include <chrono>
#include <filesystem>
#include <iostream>
#include <span>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "app/cli/admin_client.hpp"
#include "app/cli/answer.hpp"
#include "app/cli/exit.hpp"
#include "app/cli/own_database.hpp"
#include "app/cli/progress_line.hpp"
#include "app/cli/watched_order.hpp"
#include "app/config.hpp"
#include "app/content/content_commands.hpp"
#include "app/content/folder_import.hpp"
#include "app/content/folder_reader.hpp"
#include "app/content/import_json.hpp"
#include "db/connection.hpp"
#include "db/run_commands.hpp"

namespace coppice::app::cli {
namespace {

using actors::Errc;
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
  return content::import_folder(options.folder,
                                {.trusted = options.trusted, .force = options.force}, target.reader,
                                write, line.report());
}

void print(const ImportReport& report, bool json) {
  if (json) {
    std::cout << content::import_json(report) << "\n";
    return;
  }
  for (const auto& problem : report.problems()) std::cerr << problem << "\n";
  std::cout << report.summary() << "\n";
}

int import_here(Destination& target, const ImportOptions& options) {
  const auto report = import(target, options);
  if (!report) {
    std::cerr << "coppice: " << report.error().message() << "\n";
    return ExitCode::failure;
  }
  print(*report, options.json);
  return report->skipped() == 0 ? ExitCode::success : ExitCode::failure;
}

/// What a server answers to an import may be long in coming: images are converted.
constexpr std::chrono::minutes kServerTimeout(30);

Result<std::string> have_server_import(const std::string& database, const ImportOptions& options) {
  ProgressLine line(!options.json);
  AdminClient::Parameters parameters{{"folder", std::filesystem::absolute(options.folder).string()},
                                     {"database", std::filesystem::absolute(database).string()}};
  if (options.trusted) parameters.emplace_back("trusted", "true");
  if (options.force) parameters.emplace_back("force", "true");
  return post_and_watch(options.socket, "/v1/import", parameters, kServerTimeout, line);
}

/// As print() of a report, of what a server answered.
int print_answered(const ImportOptions& options, const std::string& answer) {
  std::size_t skipped = 0;
  std::string problems;
  const auto summary = read_answer(options.socket, answer, [&](const std::string& json) {
    const auto report = boost::json::parse(json);
    skipped = report.at("counts").at("skipped").to_number<std::size_t>();
    for (const auto& each : report.at("entries").as_array()) {
      if (each.at("outcome") != "skipped") continue;
      problems += each.at("file").as_string();
      if (const auto* at = each.as_object().if_contains("line")) {
        problems += ":" + std::to_string(at->to_number<std::size_t>());
      }
      problems.append(": ").append(each.at("reason").as_string()).append("\n");
    }
    return std::string(report.at("summary").as_string());
  });
  if (!summary) return report(summary.error());
  if (!options.json) std::cerr << problems;
  std::cout << (options.json ? answer : *summary) << "\n";
  return skipped == 0 ? ExitCode::success : ExitCode::failure;
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
  const auto answer = have_server_import(path, options);
  if (answer) return print_answered(options, *answer);
  // No server answers, or one that has another database: this one may be free.
  const bool has_none = answer.error() == Errc::unavailable;
  if (!has_none && answer.error() != Errc::conflict) return report(answer.error());
  auto target = open(path);
  if (target) return import_here(*target, options);
  if (target.error() != Errc::busy) {
    std::cerr << "coppice: " << target.error().message() << "\n";
    return ExitCode::failure;
  }
  if (!has_none) return report(answer.error());
  return report_answer({Errc::unavailable, path + " is in use, and its server can't be asked: " +
                                               answer.error().context});
}

}  // namespace coppice::app::cli
