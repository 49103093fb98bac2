#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/content/change.hpp"

namespace coppice::app::content {

/// What became of one record of a content folder, or of a file that gave none.
struct ImportEntry {
  std::string file;                   ///< "posts/hello.md"
  std::string kind = {};              ///< "post", "project" or "asset"; empty for a skipped file.
  std::string name = {};              ///< What names the record.
  std::optional<Change> change = {};  ///< Nothing when it was skipped.
  std::size_t line = 0;               ///< Skipped: where, from 1; 0 for the file as a whole.
  std::string reason = {};            ///< Skipped: why.
};

/// What an import did.
class ImportReport {
 public:
  void add(ImportEntry entry);

  [[nodiscard]] const std::vector<ImportEntry>& entries() const noexcept { return entries_; }
  [[nodiscard]] std::size_t count(Outcome outcome) const noexcept;
  [[nodiscard]] std::size_t skipped() const noexcept;

  /// "3 created, 1 updated, 484 unchanged, 1 skipped"
  [[nodiscard]] std::string summary() const;

  /// One line for each entry that was skipped: "posts/a.md:3: title can't be blank".
  [[nodiscard]] std::vector<std::string> problems() const;

 private:
  std::vector<ImportEntry> entries_;
};

}  // namespace coppice::app::content
