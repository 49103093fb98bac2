#pragma once

#include <cstdint>
#include <string>

namespace coppice::app::backup {

struct S3Settings {
  std::string url;  ///< Of the service: "https://fly.storage.tigris.dev"; no slash at its end.
  std::string region;
  std::string bucket;
  std::string access_key_id;
  std::string secret_access_key;
  /// What is larger goes up in parts of that size. Stores accept no smaller parts than 5 MiB.
  std::uint64_t part_bytes = 64UL << 20U;
};

}  // namespace coppice::app::backup
