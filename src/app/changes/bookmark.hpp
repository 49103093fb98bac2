#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "actors/result.hpp"
#include "db/position.hpp"

namespace coppice::app::changes {

/// How far somebody has been told of a resource's changes: through a commit, or through one of the
/// records that it changed, since a connection can end between two of them.
struct Bookmark {
  static constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();

  db::Position position{};
  std::int64_t record = kAll;  ///< The last that was told of; a commit's changes go by id.

  friend auto operator<=>(const Bookmark&, const Bookmark&) = default;
};

/// "1765357200123456.42", or "1765357200123456.42-17" when the commit is told as far as record 17.
[[nodiscard]] std::string to_string(Bookmark bookmark);

/// Reads what to_string() wrote. Errors: malformed.
[[nodiscard]] actors::Result<Bookmark> parse_bookmark(std::string_view text);

}  // namespace coppice::app::changes
