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

/// The instructions in the comment lines at the top of a migration file.
struct MigrationDirectives {
  /// `-- coppice:drop-triggers TABLE…`: before the file runs, every trigger that mentions one of
  /// the tables goes. A database that another application made may have triggers of unknown names
  /// that would do their work a second time beside ours.
  std::vector<std::string> drop_triggers;
};

/// Errors: malformed for an unknown directive and for one without its arguments.
[[nodiscard]] actors::Result<MigrationDirectives> parse_migration_directives(
    const MigrationFile& file);

}  // namespace coppice::db
