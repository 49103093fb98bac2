#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"

namespace coppice::db {

/// The text of one migration file, from a folder or from the binary.
struct MigrationFile {
  std::string name;  ///< As messages show it; what follows the last slash is parsed.
  std::string text;
};

enum class MigrationDirection : std::uint8_t { up, down };

/// What a migration file's name says: `20251204090845_create_posts.up.sql`.
struct MigrationFileName {
  std::int64_t version = 0;
  std::string_view label;  ///< Points into the parsed name.
  MigrationDirection direction = MigrationDirection::up;
};

/// Errors: malformed, naming the file and the expected form.
[[nodiscard]] actors::Result<MigrationFileName> parse_migration_file_name(std::string_view name);

/// The instructions in the comment lines at the top of a migration file, up or down.
struct MigrationDirectives {
  /// `-- coppice:no-transaction`: the statements run one by one outside a transaction, on a
  /// connection of their own, and the migration is recorded after the last one. For what SQLite
  /// refuses inside a transaction, such as VACUUM and `PRAGMA foreign_keys`. A file that fails
  /// half-way has done what came before, and a retry begins with its first statement: each has to
  /// bear being run again.
  bool no_transaction = false;
  /// `-- coppice:drop-triggers TABLE…`: before the file runs, every trigger that mentions one of
  /// the tables goes. A database that another application made may have triggers of unknown names
  /// that would do their work a second time beside ours.
  std::vector<std::string> drop_triggers;
};

/// One direction of a migration, ready to run.
struct MigrationScript {
  std::string name;  ///< That of the file, for messages.
  std::string text;
  MigrationDirectives directives{};
};

/// Errors: malformed for an unknown directive and for one with too few or too many arguments.
[[nodiscard]] actors::Result<MigrationScript> parse_migration_script(MigrationFile file);

}  // namespace coppice::db
