#include "app/cli/backup_command.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <iostream>
#include <system_error>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "app/backup/backup_json.hpp"
#include "app/backup/backups.hpp"
#include "app/backup/restore_server.hpp"
#include "app/cli/answer.hpp"
#include "app/cli/ask_server.hpp"
#include "app/cli/exit.hpp"
#include "app/cli/progress_line.hpp"
#include "app/cli/watched_order.hpp"
#include "app/config.hpp"
#include "app/reindex.hpp"
#include "db/backup/restore.hpp"

namespace coppice::app::cli {
namespace {

using actors::Errc;
using actors::Result;
using backup::Backups;
using backup::ListedBackup;

/// Names the kind of failure as well: a full disk and a damaged file want different things done.
int report_failure(const actors::Error& error, int code = ExitCode::failure) {
  std::cerr << "coppice: " << error.message() << "\n";
  return code;
}

int refuse(const std::string& text) {
  std::cerr << "coppice: " << text << "\n";
  return ExitCode::usage;
}

Result<Backups> open(const BackupCommandOptions& options) {
  auto config = backup_config([&options](std::string_view name) {
    if (name == "BACKUP_PATH" && !options.folder.empty()) return std::optional(options.folder);
    return lookup_environment(name);
  });
  if (!config) return std::unexpected(config.error());
  if (options.local) config->backups.store.reset();
  return Backups(std::move(config->backups));
}

bool has_folder(const BackupCommandOptions& options) {
  return !options.folder.empty() || !lookup_environment("BACKUP_PATH").value_or("").empty();
}

std::string database_of(const BackupCommandOptions& options) {
  return options.database.empty() ? database_path(lookup_environment) : options.database;
}

std::chrono::sys_seconds now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// All that is in the tables is in the backup all the same.
void warn_about_indexes(const db::Backup& backup) {
  for (const auto& problem : backup.index_problems) {
    std::cerr << fmt::format(
        "coppice: {}: {}; a restore mends that, and `coppice db reindex` what is in use\n",
        backup.file.string(), problem);
  }
}

std::string state_of(const ListedBackup& backup) {
  if (!backup.problem.empty()) return "damaged: " + backup.problem;
  if (backup.in_folder && backup.in_store) return "whole, uploaded";
  return backup.in_folder ? "whole" : "in the store only";
}

void print_list(const std::vector<ListedBackup>& backups, bool json) {
  if (json) {
    std::cout << backup::to_json(backups) << "\n";
    return;
  }
  for (const auto& backup : backups) {
    const auto position = backup.manifest ? db::to_string(backup.manifest->position) : "-";
    std::cout << fmt::format("{}  {:>12} bytes  position {}  {}\n", backup.name, backup.bytes,
                             position, state_of(backup));
  }
  if (backups.empty()) std::cout << "no backups\n";
}

/// For people, from what restore() gave.
std::string render_restored(const std::string& json, const std::string& database) {
  const auto body = boost::json::parse(json).as_object();
  const auto text = [&body](std::string_view name) {
    return std::string(body.at(name).as_string());
  };
  auto out = fmt::format("{} is now the backup of {}, position {}\n", database, text("created_at"),
                         text("position"));
  if (body.contains("kept")) {
    out += fmt::format("what was there before is kept as {}\n", text("kept"));
  }
  if (!body.contains("mended")) return out;
  for (const auto& problem : body.at("mended").as_array()) {
    out += fmt::format("made anew, since {}\n", std::string(problem.as_string()));
  }
  return out;
}

/// A server may need long: it copies the database twice.
constexpr std::chrono::minutes kServerTimeout(40);

/// A server answers for a backup as for all that it is given and can't take.
Refusal refusal_of_server(Refusal refusal) {
  if (refusal.error == Errc::constraint) refusal.error.code = Errc::corrupt;
  if (refusal.code == ExitCode::failure) refusal.code = exit_code_of_backup(refusal.error);
  return refusal;
}

/// Whether a server answers that has the database at this path, whatever is there now: its file may
/// be gone, or another one in its place, which nothing but the server knows.
bool server_has(const std::string& database, const std::string& socket) {
  const auto answer = AdminClient(socket).get("/v1/database");
  if (!answer) return false;
  const auto has_it = read_answer(socket, *answer, [&database](const std::string& json) {
    const auto body = boost::json::parse(json).as_object();
    return is_same_database(std::string(body.at("database").as_string()), database);
  });
  return has_it.value_or(false);
}

std::expected<std::string, Refusal> have_server_restore(const std::filesystem::path& file,
                                                        const std::string& database,
                                                        const std::string& socket,
                                                        const actors::Error& obstacle,
                                                        ProgressLine& line) {
  auto done = ask_server(socket, "/v1/backups/restore",
                         {{"backup", std::filesystem::absolute(file).string()},
                          {"database", std::filesystem::absolute(database).string()}},
                         kServerTimeout, obstacle, line);
  if (!done) return std::unexpected(refusal_of_server(std::move(done.error())));
  return done;
}

/// What was done, as JSON. A database in use is its server's to restore.
std::expected<std::string, Refusal> restore(const std::filesystem::path& file,
                                            const std::string& database, const std::string& socket,
                                            ProgressLine& line) {
  if (server_has(database, socket)) {
    const actors::Error served(
        Errc::busy, database + " is being served already; its server is the one to restore it");
    return have_server_restore(file, database, socket, served, line);
  }
  const auto restored = db::restore_stopped(file, database, now(), {}, line.report());
  if (restored) return backup::to_json(*restored);
  if (restored.error() != Errc::busy) {
    return std::unexpected(
        Refusal{.error = restored.error(), .code = exit_code_of_backup(restored.error())});
  }
  return have_server_restore(file, database, socket, restored.error(), line);
}

/// Does something long while a person sees that it goes on; the line is gone before the result.
template <class Work>
auto with_progress(const BackupCommandOptions& options, const std::string& what, Work work) {
  ProgressLine line(!options.json);
  line.say(what);
  return work(line);
}

/// The backup's file, which may have to come from the store.
Result<std::filesystem::path> fetch(const Backups& backups, const BackupCommandOptions& options) {
  return with_progress(options, "looking for the backup", [&](ProgressLine& line) {
    return backups.fetch(options.which, {}, line.report());
  });
}

/// For people, from what the server's own backup gave.
std::string render_made(const std::string& json) {
  const auto body = boost::json::parse(json).as_object();
  const auto number = [&body](std::string_view name) {
    return body.at(name).to_number<std::uint64_t>();
  };
  auto out = fmt::format("{}: {} bytes of {}, position {}.{}, verified\n",
                         std::string(body.at("file").as_string()), number("archive_bytes"),
                         number("database_bytes"), number("epoch"), number("sequence"));
  for (const auto& problem : body.at("index_problems").as_array()) {
    out += fmt::format("{}; `coppice db reindex` mends that\n", std::string(problem.as_string()));
  }
  return out;
}

/// Whether a server answers that has this database and a folder for backups of it. No other server
/// is in the way of a backup, not even one that is not understood.
bool server_makes_backups(const std::string& database, const std::string& socket) {
  const auto answer = AdminClient(socket).get("/v1/database");
  if (!answer) return false;
  const auto makes_them = read_answer(socket, *answer, [&database](const std::string& json) {
    const auto body = boost::json::parse(json).as_object();
    const std::string served(body.at("database").as_string());
    std::error_code different;
    return std::filesystem::equivalent(served, database, different) &&
           body.at("backup").at("folder").is_string();
  });
  return makes_them.value_or(false);
}

/// One that counts as the server's own, in the place that its configuration says.
int have_server_create(const BackupCommandOptions& options, const std::string& database) {
  const AdminClient::Parameters meant{{"database", std::filesystem::absolute(database).string()}};
  const auto made = with_progress(options, "", [&](ProgressLine& line) {
    return post_and_watch(options.socket, "/v1/backups", meant, kServerTimeout, line);
  });
  return print_answer(options.socket, made, options.json, render_made);
}

constexpr std::string_view kNoFolder = "no folder for backups: set BACKUP_PATH or give one";
constexpr std::string_view kNoDatabase = "no database: set DATABASE_PATH or give --database";

}  // namespace

int run_backup_create(const BackupCommandOptions& options) {
  const auto database = database_of(options);
  if (database.empty()) return refuse(std::string(kNoDatabase));
  // In another place than the server's it is none of the server's.
  const bool is_for_server = options.folder.empty() && !options.local;
  if (is_for_server && server_makes_backups(database, options.socket)) {
    return have_server_create(options, database);
  }
  if (!has_folder(options)) return refuse(std::string(kNoFolder) + " with --to");
  const auto backups = open(options);
  if (!backups) return report_failure(backups.error());
  const auto made = with_progress(options, "", [&](ProgressLine& line) {
    return backups->create(database, now(), {}, line.report());
  });
  if (!made) return report_failure(made.error());
  if (options.json) {
    std::cout << backup::to_json(*made) << "\n";
  } else {
    std::cout << fmt::format("{}: {} bytes of {}, position {}, verified\n", made->file.string(),
                             made->manifest.archive_bytes, made->manifest.database_bytes,
                             db::to_string(made->manifest.position));
  }
  warn_about_indexes(*made);
  return ExitCode::success;
}

int run_backup_list(const BackupCommandOptions& options) {
  if (!has_folder(options)) return refuse(std::string(kNoFolder) + " with --from");
  const auto backups = open(options);
  if (!backups) return report_failure(backups.error());
  const auto listed = backups->list();
  if (!listed) return report_failure(listed.error());
  print_list(*listed, options.json);
  for (const auto& backup : *listed) {
    if (!backup.problem.empty()) return ExitCode::failure;
  }
  return ExitCode::success;
}

int run_backup_verify(const BackupCommandOptions& options) {
  const auto backups = open(options);
  if (!backups) return report_failure(backups.error());
  const auto file = fetch(*backups, options);
  if (!file) return report_failure(file.error(), exit_code_of_backup(file.error()));
  const auto verified = with_progress(options, "verifying", [&](ProgressLine& line) {
    return db::verify_backup(*file, file->parent_path(), {}, line.report());
  });
  if (!verified) return report_failure(verified.error(), exit_code_of_backup(verified.error()));
  const auto& manifest = verified->manifest;
  if (options.json) {
    std::cout << backup::to_json(*verified) << "\n";
  } else {
    std::cout << fmt::format("{} is good: {} bytes, position {}, schema {}, of {}\n",
                             file->string(), manifest.database_bytes,
                             db::to_string(manifest.position), manifest.schema_version,
                             db::to_string(manifest.created_at));
  }
  warn_about_indexes(*verified);
  return ExitCode::success;
}

int run_backup_restore(const BackupCommandOptions& options) {
  const auto database = database_of(options);
  if (database.empty()) return refuse(std::string(kNoDatabase));
  const auto backups = open(options);
  if (!backups) return report_failure(backups.error());
  const auto file = fetch(*backups, options);
  if (!file) return report_failure(file.error(), exit_code_of_backup(file.error()));
  const auto restored = with_progress(options, "restoring", [&](ProgressLine& line) {
    return restore(*file, database, options.socket, line);
  });
  if (!restored) return report_failure(restored.error().error, restored.error().code);
  return print_answer(
      options.socket, *restored, options.json,
      [&database](const std::string& json) { return render_restored(json, database); });
}

}  // namespace coppice::app::cli
