#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "actors/result.hpp"
#include "app/content/folder_reader.hpp"
#include "app/content/import_report.hpp"
#include "db/command.hpp"
#include "db/connection.hpp"
#include "db/progress.hpp"

namespace coppice::app::content {

struct ImportOptions {
  /// Whether raw HTML in Markdown stays as written.
  bool trusted = false;
  /// Whether files that are as they were when they were imported last bring back what somebody has
  /// changed or deleted since.
  bool force = false;
  /// Passes over files that an earlier import with it brought in whole. Outlives the import.
  FolderMemory* memory = nullptr;
};

/// Brings a content folder into the database, in steps, so that whoever drives it can await the
/// writer in between:
///
///     while (true) {
///       auto commands = import.next_commands(reader);
///       if (!commands || commands->empty()) break;
///       import.record(results of the writer for *commands, in order);
///     }
///
/// Reading, rendering and converting happen in next_commands(), which can take minutes; who has to
/// look up in between calls read_next(), a file at a time, until has_batch() or the end, then
/// take_commands(). Records that the database holds already never reach the writer; a removed file
/// leaves its record in place. So does a file that is as it was when it was imported last, if
/// somebody has changed or deleted the record since (see import_source.hpp): a file wins by being
/// newer.
///
/// Thread: one that may block, one at a time.
class FolderImport {
 public:
  /// What the writer said to one command: its reply, encoded (see db::reply_of), or its error.
  using WriteResult = actors::Result<std::string>;

  /// Errors: those of FolderReader::open.
  [[nodiscard]] static actors::Result<FolderImport> open(const std::filesystem::path& root,
                                                         const ImportOptions& options);

  /// Reads on until some writes have come together. Empty when the folder has been read.
  ///
  /// @param reader  Tells what is stored; only read from.
  /// Errors: those of the reader's statements; the import can't go on.
  [[nodiscard]] actors::Result<std::vector<db::Command>> next_commands(db::Connection& reader);

  /// Reads one file. False when there is none left.
  /// Errors: as next_commands().
  [[nodiscard]] actors::Result<bool> read_next(db::Connection& reader);

  /// Whether as many writes have come together as should share a commit.
  [[nodiscard]] bool has_batch() const noexcept;

  /// The writes that have come together. Their results are due before the next file is read.
  [[nodiscard]] std::vector<db::Command> take_commands() noexcept;

  /// Takes the results of the last commands, in their order. A write that failed is reported as
  /// skipped, with its error as the reason. Only now are the files of the others remembered. Throws
  /// std::logic_error for another number of results.
  void record(std::span<const WriteResult> results);

  /// Whether the writer has refused something for a reason that may pass, so that another import
  /// of the same files may bring it in.
  [[nodiscard]] bool has_passing_failures() const noexcept { return has_passing_failures_; }

  /// How many of the folder's files have been read, in the phase "importing".
  [[nodiscard]] db::Progress progress() const;

  /// What is known so far.
  [[nodiscard]] const ImportReport& report() const noexcept { return report_; }

 private:
  FolderImport(FolderReader folder, const ImportOptions& options)
      : folder_(std::move(folder)), memory_(options.memory), force_(options.force) {}

  [[nodiscard]] actors::Result<void> plan(FileContent content, db::Connection& reader);
  template <class Imported>
  [[nodiscard]] actors::Result<void> plan_record(Imported& record, const FileContent& content,
                                                 db::Connection& reader);

  FolderReader folder_;
  FolderMemory* memory_;
  bool force_;
  bool has_passing_failures_ = false;
  ImportReport report_;
  std::vector<db::Command> commands_;  // not handed out yet
  std::size_t bytes_ = 0;              // of their arguments
  std::vector<ImportEntry> awaited_;   // one for each command without a result
  std::map<std::string, FolderMemory::Known, std::less<>> to_remember_;  // files of awaited_
};

/// A whole import at once, for the command line and for tests.
///
/// @param write  Runs commands and gives their results, in order.
/// @param report  Is told of FolderImport::progress() before each file and at the end.
/// Errors: those of FolderImport.
[[nodiscard]] actors::Result<ImportReport> import_folder(
    const std::filesystem::path& root, const ImportOptions& options, db::Connection& reader,
    const std::function<std::vector<FolderImport::WriteResult>(const std::vector<db::Command>&)>&
        write,
    const db::Report& report = {});

}  // namespace coppice::app::content
