#pragma once

#include <filesystem>
#include <memory>

#include "actors/result.hpp"

namespace coppice::db {

/// Makes sure that one process at a time serves a database: a second server on the same file would
/// answer from the same data, but announce changes and count members for itself only.
///
/// The guard is an advisory flock(2) on the database file itself, so nothing is put beside it; it
/// ends with the process however that ends, and it holds across containers that share the file.
/// SQLite doesn't look at it: tools may open the database meanwhile, under SQLite's own locks.
///
/// Thread: any.
class ProcessGuard {
 public:
  /// Takes the guard of an existing database.
  /// Errors: busy while another process, or another guard of this one, has it, and always where
  /// LiteFS replicates it: its server writes to it, and nobody else; not_found without a
  /// file; io_error; unsupported on a file system without such locks.
  [[nodiscard]] static actors::Result<ProcessGuard> acquire(const std::filesystem::path& database);

  ProcessGuard(ProcessGuard&& other) noexcept;
  ProcessGuard& operator=(ProcessGuard&& other) noexcept;
  /// Lets the next one in.
  ~ProcessGuard();

 private:
  struct Lock;
  explicit ProcessGuard(std::unique_ptr<Lock> lock) noexcept;
  std::unique_ptr<Lock> lock_;
};

}  // namespace coppice::db
