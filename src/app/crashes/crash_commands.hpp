#pragma once

#include <cstdint>
#include <optional>
#include <string>
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
  /// Who has still to report them, if anybody does: a node, or empty where there is but one.
  std::optional<std::string> reporter{};

  auto fields(this auto& self) { return std::tie(self.crashes, self.reporter); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

/// How many equal crashes a report has told of.
struct ReportedCrash {
  std::int64_t fingerprint = 0;
  std::int64_t count = 0;

  auto fields(this auto& self) { return std::tie(self.fingerprint, self.count); }
};

/// Notes that crashes which were kept have been reported. Gives how many of them it found.
struct SettleReported {
  static constexpr std::string_view kName = "crashes.settle_reported";
  using Reply = std::int64_t;

  std::string reporter;
  std::vector<ReportedCrash> reported;

  auto fields(this auto& self) { return std::tie(self.reporter, self.reported); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

/// What an earlier process of this reporter has kept and not reported: the newest rows, oldest
/// first, each with the number of those that are not. Older ones are forgotten.
struct TakeUpUnreported {
  static constexpr std::string_view kName = "crashes.take_up_unreported";
  using Reply = std::vector<Crash>;
  static constexpr std::int64_t kMost = 20;

  std::string reporter;

  auto fields(this auto& self) { return std::tie(self.reporter); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

/// Makes the writer know this command.
void add_crash_commands(db::CommandRegistry& registry);

}  // namespace coppice::app::crashes
