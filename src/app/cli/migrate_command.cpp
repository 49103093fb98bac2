#include "app/cli/migrate_command.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <utility>

#include <CLI/CLI.hpp>

#include "app/cli/commands.hpp"
#include "app/cli/migration_view.hpp"
#include "app/config.hpp"
#include "app/database_folder.hpp"
#include "db/connection.hpp"
#include "db/migration_plan.hpp"
#include "db/process_guard.hpp"

namespace coppice::app::cli {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;
using db::MigrationPlan;
using db::Migrations;
using db::MigrationStatus;

constexpr auto kPoll = std::chrono::milliseconds(50);
constexpr int kLongestWait = 3600;

struct Options {
  std::string database = database_path(lookup_environment);
  std::string migrations;  ///< A folder; empty for those in the binary.
  bool json = false;
  bool dry_run = false;
  bool allow_newer = allows_newer_schema(lookup_environment);
  std::size_t steps = 1;
  std::int64_t version = 0;
  int wait_seconds = 5;
};

using Planner = std::function<Result<MigrationPlan>(const Migrations&, const MigrationStatus&)>;

/// A kind of change to the schema.
struct Change {
  Planner plan;
  bool makes_database;  ///< Where there is none.
};

int report(const actors::Error& error) {
  std::cerr << "coppice: " << error.context << "\n";
  return ExitCode::failure;
}

void print_warnings(const MigrationStatus& status) {
  for (const auto& warning : status.warnings()) std::cerr << "warning: " << warning << "\n";
}

Result<Migrations> load(const Options& options) {
  return options.migrations.empty() ? Migrations::embedded()
                                    : Migrations::from_directory(options.migrations);
}

bool has_log(const std::string& database) {
  std::error_code unreadable;
  return std::filesystem::exists(database + "-wal", unreadable) || unreadable;
}

// In a folder that takes no files SQLite reads a database only when told that nobody writes to it;
// without a log beside it, that is so.
Result<db::Connection> open_reader(const std::string& database) {
  auto reader = db::Connection::open({.path = database, .read_only = true});
  if (reader || reader.error() != Errc::read_only || has_log(database)) return reader;
  return db::Connection::open({.path = database, .read_only = true, .immutable = true});
}

Result<MigrationStatus> read_status(const Migrations& migrations, const std::string& database) {
  auto connection = open_reader(database);
  if (!connection) return std::unexpected(std::move(connection.error()));
  return migrations.status(*connection);
}

Result<MigrationStatus> status_before(const Migrations& migrations, const Options& options,
                                      bool makes_database) {
  std::error_code unreadable;
  const bool missing = !std::filesystem::exists(options.database, unreadable) && !unreadable;
  if (missing && makes_database) return migrations.status(std::span<const db::MigrationRecord>());
  return read_status(migrations, options.database);
}

Result<db::ProcessGuard> wait_for_guard(const Options& options) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::seconds(options.wait_seconds);
  for (bool first = true;; first = false) {
    auto guard = db::ProcessGuard::acquire(options.database);
    if (guard || guard.error() != Errc::busy) return guard;
    if (Clock::now() >= deadline) {
      return fail(Errc::busy, options.database +
                                  " is in use: by a server, which brings the schema up to date "
                                  "when it starts, or by another command. Stop the server first "
                                  "(coppice stop)");
    }
    if (first) std::cerr << "waiting for another process that uses " << options.database << "\n";
    std::this_thread::sleep_for(kPoll);
  }
}

/// A database that this process alone changes.
struct Target {
  db::ProcessGuard guard;
  db::Connection connection;
};

// The guard comes before the connection: the first one to open a new database sets it up.
Result<Target> take_database(const Options& options) {
  if (auto made = make_database_folder(options.database); !made) {
    return std::unexpected(std::move(made.error()));
  }
  if (!std::ofstream(options.database, std::ios::app)) {
    return fail(Errc::io_error, options.database + " can't be written: " + std::strerror(errno));
  }
  auto guard = wait_for_guard(options);
  if (!guard) return std::unexpected(std::move(guard.error()));
  auto connection = db::Connection::open({.path = options.database});
  if (!connection) return std::unexpected(std::move(connection.error()));
  return Target{std::move(*guard), std::move(*connection)};
}

Result<void> run_plan(const Migrations& migrations, const MigrationPlan& plan,
                      db::Connection& connection) {
  for (const auto& step : plan) {
    const auto ran = migrations.run(connection, step);
    if (!ran) return std::unexpected(ran.error());
    const std::string_view what =
        step.direction == db::MigrationDirection::up ? "applied" : "undone";
    std::cout << (*ran ? "" : "already ") << what << " " << step.version << "_"
              << migrations.find(step.version)->label << std::endl;
  }
  return {};
}

Result<MigrationPlan> make_plan(const Migrations& migrations, const Options& options,
                                const Change& change) {
  const auto status = status_before(migrations, options, change.makes_database);
  if (!status) return std::unexpected(status.error());
  print_warnings(*status);
  if (!options.allow_newer) {
    if (auto known = migrations.refuse_newer(*status); !known) {
      return std::unexpected(std::move(known.error()));
    }
  }
  return change.plan(migrations, *status);
}

// What to do is decided before the database is taken: of two that are told at the same time to undo
// the last migration, the second one must not undo the one before it.
Result<void> change_schema(const Options& options, const Change& change) {
  const auto migrations = load(options);
  if (!migrations) return std::unexpected(migrations.error());
  const auto plan = make_plan(*migrations, options, change);
  if (!plan) return std::unexpected(plan.error());
  if (plan->empty()) {
    std::cout << "nothing to do\n";
    return {};
  }
  if (options.dry_run) {
    std::cout << render_plan(*migrations, *plan);
    return {};
  }
  auto target = take_database(options);
  if (!target) return std::unexpected(std::move(target.error()));
  return run_plan(*migrations, *plan, target->connection);
}

Result<void> show_status(const Options& options) {
  const auto migrations = load(options);
  if (!migrations) return std::unexpected(migrations.error());
  const auto status = read_status(*migrations, options.database);
  if (!status) return std::unexpected(status.error());
  if (options.json) {
    std::cout << migrations_json(options.database, *status);
    return {};
  }
  std::cout << render_migrations(*status);
  print_warnings(*status);
  return {};
}

/// Adds the subcommands of `coppice migrate`. The options live as long as what was chosen.
class Commands {
 public:
  Commands(CLI::App& migrate, std::function<int()>& chosen) : migrate_(migrate), chosen_(chosen) {}

  CLI::App* add(const char* name, const char* help, const char* example,
                std::function<Result<void>(const Options&)> action) {
    CLI::App* command = migrate_.add_subcommand(name, help);
    command->add_option("--database", options_->database, "the database file (DATABASE_PATH)");
    command->add_option("--migrations", options_->migrations,
                        "a folder of migrations to use instead of those in the binary");
    command->footer(std::string("Example:\n  ") + example);
    command->callback([&chosen = chosen_, options = options_, action = std::move(action)] {
      chosen = [options, action] { return run(*options, action); };
    });
    return command;
  }

  CLI::App* add_change(const char* name, const char* help, const char* example, Change change) {
    CLI::App* command =
        add(name, help, example, [change = std::move(change)](const Options& options) {
          return change_schema(options, change);
        });
    command->add_flag("--dry-run", options_->dry_run,
                      "print the SQL that would run, change nothing");
    command->add_flag("--allow-newer", options_->allow_newer,
                      "go on although a later release has migrated the database "
                      "(COPPICE_ALLOW_NEWER_SCHEMA)");
    command
        ->add_option("--wait", options_->wait_seconds,
                     "seconds to wait for another process that uses the database (5)")
        ->check(CLI::Range(0, kLongestWait));
    return command;
  }

  [[nodiscard]] const std::shared_ptr<Options>& options() const noexcept { return options_; }

 private:
  static int run(const Options& options,
                 const std::function<Result<void>(const Options&)>& action) {
    if (options.database.empty()) {
      std::cerr << "coppice: no database: set DATABASE_PATH or give --database\n";
      return ExitCode::usage;
    }
    const auto done = action(options);
    return done ? static_cast<int>(ExitCode::success) : report(done.error());
  }

  CLI::App& migrate_;
  std::function<int()>& chosen_;
  const std::shared_ptr<Options> options_ = std::make_shared<Options>();
};

}  // namespace

void add_migrate_command(CLI::App& app, std::function<int()>& chosen) {
  CLI::App* migrate =
      app.add_subcommand("migrate", "bring the database's schema up to date or back");
  migrate->require_subcommand(1);
  Commands commands(*migrate, chosen);
  const auto options = commands.options();

  commands.add_change(
      "up", "apply what is pending; a server does so by itself when it starts",
      "coppice migrate up --database data/coppice.db",
      {[](const Migrations&, const MigrationStatus& status) -> Result<MigrationPlan> {
         return db::plan_up(status);
       },
       true});

  commands
      .add_change("down", "undo the last migration that Coppice ran",
                  "coppice migrate down --steps 2",
                  {[options](const Migrations& migrations, const MigrationStatus& status) {
                     return db::plan_down(migrations, status, options->steps);
                   },
                   false})
      ->add_option("--steps", options->steps, "how many to undo (1)")
      ->check(CLI::PositiveNumber);

  commands
      .add_change("to", "undo or apply until VERSION is the last one",
                  "coppice migrate to 20251216120543",
                  {[options](const Migrations& migrations, const MigrationStatus& status) {
                     return db::plan_to(migrations, status, options->version);
                   },
                   true})
      ->add_option("VERSION", options->version, "14 digits, as `status` shows them; 0 for none")
      ->required();

  commands.add_change("redo", "undo the last migration that Coppice ran and apply it again",
                      "coppice migrate redo", {db::plan_redo, false});

  commands
      .add("status", "show what is applied, pending, edited, or of others",
           "coppice migrate status --json", show_status)
      ->add_flag("--json", options->json, "print it as JSON");
}

}  // namespace coppice::app::cli
