#pragma once

#include <optional>
#include <string>

#include "actors/server.hpp"
#include "app/content/import_report.hpp"
#include "db/database.hpp"

namespace coppice::app::jobs {

/// Imports the content folder when the server starts: reads, renders and converts on a thread of
/// its own, and hands the writer only what has changed.
///
/// A folder that can't be read at all is a crash, tried again with back-off; a file that can't is
/// skipped and reported.
class Importer final : public actors::Server<Importer> {
 public:
  Importer(std::string folder, db::Database database);

  void init();

  /// Imports everything that has changed since the last time.
  struct Import {};
  actors::Task<void> handle(Import message);

  [[nodiscard]] std::string describe() const override;

 private:
  const std::string folder_;
  const db::Database database_;
  std::string status_ = "waiting for the database";
};

}  // namespace coppice::app::jobs
