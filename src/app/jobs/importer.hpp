#pragma once

#include <optional>
#include <string>

#include "actors/server.hpp"
#include "app/content/folder_import.hpp"
#include "db/connection.hpp"
#include "db/database.hpp"

namespace coppice::app::jobs {

/// Imports the content folder when the server starts: reads, renders and converts on its own
/// thread, compares through a connection of its own, so that no request waits for a reader behind
/// it, and hands the writer only what has changed.
///
/// A file at a time, so that it can be asked, suspended and stopped in between. A file that can't
/// be read is skipped and reported. A folder or a database that can't be is no crash either: that
/// is said once, and tried again until it can be.
///
/// Thread: one of its own, since it blocks (Placement::own_thread).
class Importer final : public actors::Server<Importer> {
 public:
  Importer(std::string folder, db::Database database);

  void init();

  /// Imports everything that has changed since the last time.
  struct Begin {};
  void handle(Begin message);

  /// Goes on with the next file.
  struct Step {};
  actors::Task<void> handle(Step message);

  [[nodiscard]] std::string describe() const override;

 private:
  /// An import under way.
  struct Run {
    content::FolderImport import;
    db::Connection reader;
  };

  [[nodiscard]] actors::Result<Run> open() const;
  [[nodiscard]] actors::Result<bool> read_next_file();
  actors::Task<void> write();
  void finish();
  void try_again_later(const actors::Error& error);

  const std::string folder_;
  const db::Database database_;
  std::optional<Run> run_;
  actors::Duration next_delay_;
  std::string trouble_;  // what was said last
  std::string status_ = "waiting for the database";
};

}  // namespace coppice::app::jobs
