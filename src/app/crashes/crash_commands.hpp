#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>
#include <vector>

#include "app/crashes/crash.hpp"
#include "db/command.hpp"

namespace coppice::app::crashes {

/// How many rows are kept; the newest.
inline constexpr std::int64_t kMostCrashes = 1000;

/// A crash that equals the one before it is added to that one's row if it comes within so many
/// milliseconds of the last, and of the first: a row of a storm that goes on ends at some time,
/// lest it count as old however new its last crash is.
inline constexpr std::int64_t kFoldAfterLast = 10'000;
inline constexpr std::int64_t kFoldAfterFirst = 600'000;

/// Keeps crashes, and no more than the newest kMostCrashes. Gives how many rows are new.
struct KeepCrashes {
  static constexpr std::string_view kName = "crashes.keep";
  using Reply = std::int64_t;

  std::vector<Crash> crashes;

  auto fields(this auto& self) { return std::tie(self.crashes); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

/// Makes the writer know this command.
void add_crash_commands(db::CommandRegistry& registry);

}  // namespace coppice::app::crashes
