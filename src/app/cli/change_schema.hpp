#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "actors/result.hpp"
#include "app/config.hpp"
#include "db/migration_plan.hpp"

namespace coppice::app::cli {

/// What `coppice migrate` was told on its command line.
struct MigrateOptions {
  std::string database = database_path(lookup_environment);
  std::string migrations;  ///< A folder; empty for those in the binary.
  std::string socket;      ///< The server's admin socket; empty for the database's.
  bool json = false;
  bool dry_run = false;
  bool allow_newer = allows_newer_schema(lookup_environment);
  std::size_t steps = 1;
  std::int64_t version = 0;
  int wait_seconds = 5;  ///< For another process that has the database.
};

/// A kind of change to the schema: which steps it takes from where the database stands.
struct SchemaChange {
  using Planner = std::function<actors::Result<db::MigrationPlan>(const db::Migrations&,
                                                                  const db::MigrationStatus&)>;
  Planner plan;
  bool makes_database = false;  ///< Where there is none.
  /// What a server that has the database can be asked; null for what needs a stopped one.
  const char* request = nullptr;
};

/// Changes the schema, by the server that has the database if that can be asked, or prints what
/// would run, with a line for each step on standard output and warnings on standard error; at a
/// terminal, also which step is running, and for how long.
///
/// Errors: those of the migrations' files, of Migrations::refuse_newer unless that is allowed, of
/// the plan and of Migrations::run; not_found without a database; busy when another process keeps
/// it; what the server said.
[[nodiscard]] actors::Result<void> change_schema(const MigrateOptions& options,
                                                 const SchemaChange& change);

/// Prints where the database stands. Only reads, whoever has the database.
///
/// Errors: those of the migrations' files; not_found without a database.
[[nodiscard]] actors::Result<void> show_migrations(const MigrateOptions& options);

}  // namespace coppice::app::cli
