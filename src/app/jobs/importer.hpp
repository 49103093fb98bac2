#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/server.hpp"
#include "app/changes/follower.hpp"
#include "app/content/folder_import.hpp"
#include "app/long_work.hpp"
#include "db/child_slot.hpp"
#include "db/connection.hpp"
#include "db/database.hpp"

namespace coppice::app::jobs {

/// Imports the content folder when the server starts and whenever it has changed: reads, renders
/// and converts on its own thread, compares through a connection of its own, so that no request
/// waits for a reader behind it, and hands the writer only what has changed.
///
/// A file at a time, so that it can be asked, suspended and stopped in between. A file that can't
/// be read is skipped and reported. A folder or a database that can't be is no crash either: that
/// is said once, and tried again until it can be. So is what the writer refuses, a disk without
/// room for instance: what is already stored is passed over then. What no time cures, such as a
/// slug that another record has, waits for another file. After a restore all files are read again.
///
/// Thread: one of its own, since it blocks (Placement::own_thread).
class Importer final : public actors::Server<Importer> {
 public:
  using Slot = db::ChildSlot<Importer>;

  /// @param slot  Where whoever watches the folder finds it.
  /// @param follower  Is told of what was written.
  /// @param long_work  Where an import is listed while it is under way.
  Importer(std::string folder, db::Database database, std::shared_ptr<Slot> slot,
           std::shared_ptr<changes::Follower::Slot> follower, std::shared_ptr<LongWork> long_work);

  void init();

  /// Imports everything that has changed since the last time; after the import that runs, if one
  /// does.
  struct Begin {};
  void handle(Begin message);

  /// The same, answered with what it has done.
  /// Errors: unavailable while the database is not ready or this node is not the primary; those of
  /// the folder. It is tried again all the same.
  struct Import {
    using Reply = content::ImportReport;
  };
  void handle(Import message, actors::ReplyTo<content::ImportReport> reply);

  /// Goes on with the next file.
  struct Step {};
  actors::Task<void> handle(Step message);

  [[nodiscard]] std::string describe() const override;

 private:
  /// An import under way.
  struct Run {
    content::FolderImport import;
    db::Connection reader;
    std::shared_ptr<LongWork::Piece> piece;
  };

  using Asked = std::vector<actors::ReplyTo<content::ImportReport>>;

  void begin();
  [[nodiscard]] actors::Result<Run> open();
  [[nodiscard]] bool is_of_another_epoch() const;
  [[nodiscard]] actors::Result<bool> read_next_file();
  actors::Task<void> write();
  void finish();
  void try_again_later(const actors::Error& error);
  void begin_later();
  void refuse(const actors::Error& error);

  const std::string folder_;
  const db::Database database_;
  const std::shared_ptr<Slot> slot_;
  const std::shared_ptr<changes::Follower::Slot> follower_;
  const std::shared_ptr<LongWork> long_work_;
  content::FolderMemory memory_;
  std::int64_t epoch_ = 0;  // of the database that the memory is about
  std::optional<Run> run_;
  bool again_ = false;
  Asked asked_;       // who waits for the import that runs, or is about to
  Asked asked_next_;  // and for the one after it
  actors::Duration next_delay_;
  std::string trouble_;  // what was said last
  std::string status_ = "waiting for the database";
};

}  // namespace coppice::app::jobs
