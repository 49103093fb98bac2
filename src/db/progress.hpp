#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace coppice::db {

/// How far something long is, as who does it tells who waits for it.
struct Progress {
  std::string phase{};      ///< What is being done now, in a few words: "compressing".
  std::uint64_t done = 0;   ///< Of this phase.
  std::uint64_t total = 0;  ///< 0: nobody can say.
  std::string unit{};       ///< What is counted: "bytes", "files".
  friend bool operator==(const Progress&, const Progress&) = default;
};

inline constexpr const char* kBytes = "bytes";

/// Told of it, on the thread that does the work: as a phase begins, then as it comes on. Quick, and
/// doesn't throw. Those that aren't set are told nothing.
using Report = std::function<void(const Progress&)>;

inline void tell(const Report& report, const Progress& progress) {
  if (report) report(progress);
}

}  // namespace coppice::db
