#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "actors/result.hpp"
#include "db/position.hpp"

namespace coppice::db {

/// What a backup says about itself.
struct BackupManifest {
  std::chrono::sys_seconds created_at{};  ///< When its snapshot was taken.
  std::string version;                    ///< Of the Coppice that made it.
  std::string database;                   ///< The file name of the database.
  Position position;                      ///< Of the snapshot; zeros if the schema had none yet.
  std::int64_t schema_version = 0;        ///< The highest migration; 0 for none.
  std::int64_t page_size = 0;             ///< Bytes.
  std::uint64_t database_bytes = 0;
  std::uint64_t archive_bytes = 0;  ///< The whole file's.
  std::string sha256;               ///< Of the database file.

  friend bool operator==(const BackupManifest&, const BackupManifest&) = default;
};

/// One JSON object.
[[nodiscard]] std::string to_json(const BackupManifest& manifest);

/// Reads what to_json() wrote. Errors: malformed, naming the field; unsupported for the format of
/// a later Coppice.
[[nodiscard]] actors::Result<BackupManifest> parse_manifest(std::string_view json);

/// "2026-01-01T00:00:00Z"
[[nodiscard]] std::string to_string(std::chrono::sys_seconds time);

}  // namespace coppice::db
