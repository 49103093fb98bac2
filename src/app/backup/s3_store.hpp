#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "actors/result.hpp"
#include "app/backup/s3_request.hpp"

namespace coppice::app::backup {

/// A file in the store.
struct StoredObject {
  std::string name;  ///< Without the prefix.
  std::uint64_t bytes = 0;
};

/// The backups in a bucket of an S3-compatible store, under "backups/". Every request is signed
/// (AWS Signature Version 4). What may work the next time (no connection, a stall, 429, 5xx) is
/// tried again a few times with longer and longer pauses; of a large file, part by part.
///
/// Errors of all: unavailable when the store can't be reached; forbidden, not_found and io_error
/// for what it answered, with its own words; cancelled when @p stop asks.
///
/// Thread: one at a time; blocks.
class S3Store {
 public:
  /// @param pause  Before the second attempt; doubles with each.
  explicit S3Store(S3Settings settings, std::chrono::milliseconds pause = std::chrono::seconds(1));

  /// Errors: also too_large; see send_in_parts().
  [[nodiscard]] actors::Result<void> put(const std::filesystem::path& file, const std::string& name,
                                         const std::stop_token& stop,
                                         const TransferProgress& progress = {}) const;
  /// Writes an object to @p file, which must not be there.
  [[nodiscard]] actors::Result<void> get(const std::string& name, const std::filesystem::path& file,
                                         const std::stop_token& stop) const;
  /// All of them, in the order of their names.
  [[nodiscard]] actors::Result<std::vector<StoredObject>> list(
      const std::stop_token& stop = {}) const;
  [[nodiscard]] actors::Result<void> remove(const std::string& name,
                                            const std::stop_token& stop = {}) const;

 private:
  [[nodiscard]] actors::Result<void> put_at_once(const std::filesystem::path& file,
                                                 std::uint64_t bytes, const std::string& name,
                                                 const std::stop_token& stop,
                                                 const TransferProgress& progress) const;

  S3Settings settings_;
  std::chrono::milliseconds pause_;
};

}  // namespace coppice::app::backup
