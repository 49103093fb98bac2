#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "actors/result.hpp"
#include "app/backup/s3_settings.hpp"
#include "db/backup/file.hpp"
#include "db/digest.hpp"

namespace coppice::app::backup {

/// Told how many bytes of how many have been moved.
using TransferProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// What a request sends: a part of a file, from where the file stands, or a text.
struct S3Upload {
  db::File* file = nullptr;
  std::string_view text{};
  std::uint64_t bytes = 0;
  std::string sha256{};
  const char* content_type = "application/zstd";
};

/// One request to an S3-compatible store.
struct S3Request {
  const char* method = "GET";
  std::string path{};   ///< After the bucket, encoded.
  std::string query{};  ///< Encoded, sorted by name, as the signature wants it.
  std::optional<S3Upload> upload{};
  db::File* download = nullptr;  ///< Takes the answer's body, if it is a good one.
  std::stop_token stop{};
  TransferProgress progress{};  ///< Of the upload.
};

struct S3Answer {
  std::string body{};  ///< Of an answer that is no download.
  std::string etag{};
};

/// Sends a request, signed (AWS Signature Version 4).
/// Errors: unavailable when the store can't be reached or is overloaded (429, 5xx); forbidden,
/// not_found and io_error for what else it answered, with its own words; cancelled.
/// Thread: any; blocks.
[[nodiscard]] actors::Result<S3Answer> send(S3Request request, const S3Settings& settings);

/// A name or value as it can stand in a path or query.
[[nodiscard]] std::string encode_for_url(const std::string& text);

/// Waits before the next attempt, or until it is told to stop.
void sleep_unless_stopped(std::chrono::milliseconds pause, const std::stop_token& stop);

inline constexpr int kS3Attempts = 5;

/// Runs `attempt() -> Result<T>` until it succeeds or trying again has no point.
/// @param pause  Before the second attempt; doubles with each.
template <class Attempt>
std::invoke_result_t<Attempt&> try_repeatedly(std::chrono::milliseconds pause,
                                              const std::stop_token& stop, Attempt attempt) {
  for (int n = 1;; ++n, pause *= 2) {
    auto done = attempt();
    const bool may_work_later = !done && done.error() == actors::Errc::unavailable;
    if (!may_work_later) return done;
    if (n == kS3Attempts) {
      return actors::fail(actors::Errc::unavailable,
                          done.error().context + " (" + std::to_string(kS3Attempts) + " attempts)");
    }
    sleep_unless_stopped(pause, stop);
  }
}

}  // namespace coppice::app::backup
