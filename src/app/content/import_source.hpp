#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "actors/result.hpp"
#include "app/content/asset.hpp"
#include "app/content/post.hpp"
#include "app/content/resource/table.hpp"
#include "db/connection.hpp"

/// What the database remembers of the files that records were imported from, in `coppice_imports`.
/// It is written in the transaction of the record, so neither is ever there without the other.
namespace coppice::app::content {

/// The file that a record was read from.
struct ImportSource {
  std::string file;    ///< Relative to the folder: "posts/hello.md".
  std::string digest;  ///< Of its bytes; empty for a record of no file, which is not remembered.
  bool force = false;  ///< Whether it is imported whatever became of the record since.

  auto fields(this auto& self) { return std::tie(self.file, self.digest, self.force); }
};

/// Where a record that a file gives would be stored.
struct ImportTarget {
  const Table& table;
  std::string name;  ///< The value of the field that names it.
};

[[nodiscard]] ImportTarget target_of(const Post& post);
[[nodiscard]] ImportTarget target_of(const Project& project);
[[nodiscard]] ImportTarget target_of(const Asset& asset);

/// How a record stands to a file with a certain content.
enum class ImportState : std::uint8_t {
  fresh,     ///< That content was not what it was imported from last.
  imported,  ///< It was, and the record is as the import left it.
  edited,    ///< It was, and somebody has changed or deleted the record since.
};

/// Errors: those of the statement. Thread: that of @p db.
[[nodiscard]] actors::Result<ImportState> import_state(db::Connection& db,
                                                       const ImportTarget& target,
                                                       std::string_view digest);

/// Remembers that the record, as it is now, is what the file gave.
/// Errors: those of the statement. Thread: that of @p db, inside the transaction of the record.
[[nodiscard]] actors::Result<void> remember_import(db::Connection& db, const ImportTarget& target,
                                                   const ImportSource& source);

}  // namespace coppice::app::content
