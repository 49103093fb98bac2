#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>

namespace coppice::app::content {

/// What an upsert does, or did.
enum class Outcome : std::uint8_t {
  unchanged = 0,  ///< The database holds exactly this already; nothing is written.
  created = 1,
  updated = 2,
};

/// "unchanged", "created", "updated".
[[nodiscard]] std::string_view to_string(Outcome outcome) noexcept;

/// One record's fate.
struct Change {
  std::int64_t id = 0;  ///< The record's; 0 for one that is only going to be created.
  Outcome outcome = Outcome::unchanged;

  auto fields(this auto& self) { return std::tie(self.id, self.outcome); }
  friend bool operator==(const Change&, const Change&) = default;
};

}  // namespace coppice::app::content
