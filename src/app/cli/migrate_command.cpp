#include "app/cli/migrate_command.hpp"

#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include <CLI/CLI.hpp>

#include "app/cli/change_schema.hpp"
#include "app/cli/exit.hpp"
#include "app/cli/fill_in_socket.hpp"

namespace coppice::app::cli {
namespace {

using actors::Result;
using db::MigrationPlan;
using db::Migrations;
using db::MigrationStatus;

constexpr int kLongestWait = 3600;

/// Adds the subcommands of `coppice migrate`. The options live as long as what was chosen.
class MigrateCommands {
 public:
  MigrateCommands(CLI::App& migrate, std::function<int()>& chosen)
      : migrate_(migrate), chosen_(chosen) {}

  CLI::App* add(const char* name, const char* help, const char* example,
                std::function<Result<void>(const MigrateOptions&)> action) {
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

  CLI::App* add_change(const char* name, const char* help, const char* example,
                       SchemaChange change) {
    CLI::App* command =
        add(name, help, example, [change = std::move(change)](const MigrateOptions& options) {
          return change_schema(options, change);
        });
    command->add_flag("--json", options_->json, "print the steps as JSON");
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

  [[nodiscard]] const std::shared_ptr<MigrateOptions>& options() const noexcept { return options_; }

 private:
  static int run(MigrateOptions options,
                 const std::function<Result<void>(const MigrateOptions&)>& action) {
    if (options.database.empty()) {
      std::cerr << "coppice: no database: set DATABASE_PATH or give --database\n";
      return ExitCode::usage;
    }
    fill_in_socket(options);
    const auto done = action(options);
    return done ? static_cast<int>(ExitCode::success) : report(done.error());
  }

  CLI::App& migrate_;
  std::function<int()>& chosen_;
  const std::shared_ptr<MigrateOptions> options_ = std::make_shared<MigrateOptions>();
};

}  // namespace

void add_migrate_command(CLI::App& app, std::function<int()>& chosen) {
  CLI::App* migrate =
      app.add_subcommand("migrate", "bring the database's schema up to date or back");
  migrate->require_subcommand(1);
  MigrateCommands commands(*migrate, chosen);
  const auto options = commands.options();

  commands
      .add_change(
          "up",
          "apply what is pending; a server does so by itself when it starts, and when it is asked",
          "coppice migrate up --database data/coppice.db",
          {[](const Migrations&, const MigrationStatus& status) -> Result<MigrationPlan> {
             return db::plan_up(status);
           },
           true, "/v1/migrations/up"})
      ->add_option("--socket", options->socket,
                   "the server's admin socket (ADMIN_SOCKET, or beside the database)");

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
           "coppice migrate status --json", show_migrations)
      ->add_flag("--json", options->json, "print it as JSON");
}

}  // namespace coppice::app::cli
