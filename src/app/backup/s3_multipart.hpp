#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>

#include "actors/result.hpp"
#include "app/backup/s3_request.hpp"

namespace coppice::app::backup {

/// A file that goes to a store in parts, one after the other.
struct MultipartUpload {
  std::filesystem::path file;
  std::uint64_t bytes = 0;  ///< Of the file.
  std::string path;         ///< Of the object, after the bucket, encoded.
  /// Before the second attempt at a part; doubles with each.
  std::chrono::milliseconds pause{};
};

/// Sends it. A part that fails for a reason that may pass is tried again alone; whatever else goes
/// wrong, the store is told to forget the parts that it has. It is there once the store has said
/// so: a good status with an error in the body is the error.
///
/// Errors: those of send() and of reading the file; too_large for more than the store's 10,000
/// parts can bring at 5 GiB each. Thread: any; blocks.
[[nodiscard]] actors::Result<void> send_in_parts(const MultipartUpload& upload,
                                                 const S3Settings& settings,
                                                 const std::stop_token& stop,
                                                 const TransferProgress& progress);

/// How large the parts are, so that there are no more than a store takes.
[[nodiscard]] std::uint64_t part_size_for(std::uint64_t bytes, std::uint64_t wanted) noexcept;

}  // namespace coppice::app::backup
