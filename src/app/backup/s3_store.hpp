#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "actors/result.hpp"

namespace coppice::app::backup {

struct S3Settings {
  std::string url;  ///< Of the service: "https://fly.storage.tigris.dev"; no slash at its end.
  std::string region;
  std::string bucket;
  std::string access_key_id;
  std::string secret_access_key;
};

/// A file in the store.
struct StoredObject {
  std::string name;  ///< Without the prefix.
  std::uint64_t bytes = 0;
};

/// Told how many bytes of how many have been moved.
using TransferProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// The backups in a bucket of an S3-compatible store, under "backups/". Every request is signed
/// (AWS Signature Version 4). What may work the next time (no connection, a stall, 429, 5xx) is
/// tried again a few times with longer and longer pauses.
///
/// Errors of all: unavailable when the store can't be reached; forbidden, not_found and io_error
/// for what it answered, with its own words; cancelled when @p stop asks.
///
/// Thread: one at a time; blocks.
class S3Store {
 public:
  /// @param pause  Before the second attempt; doubles with each.
  explicit S3Store(S3Settings settings, std::chrono::milliseconds pause = std::chrono::seconds(1));

  /// Errors: also too_large beyond the 5 GiB that one request may bring.
  [[nodiscard]] actors::Result<void> put(const std::filesystem::path& file, const std::string& name,
                                         const std::stop_token& stop,
                                         const TransferProgress& progress = {}) const;
  /// Writes an object to @p file, which must not be there.
  [[nodiscard]] actors::Result<void> get(const std::string& name, const std::filesystem::path& file,
                                         const std::stop_token& stop) const;
  /// All of them, in the order of their names.
  [[nodiscard]] actors::Result<std::vector<StoredObject>> list() const;
  [[nodiscard]] actors::Result<void> remove(const std::string& name) const;

 private:
  S3Settings settings_;
  std::chrono::milliseconds pause_;
};

}  // namespace coppice::app::backup
