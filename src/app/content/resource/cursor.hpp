#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "actors/result.hpp"
#include "db/value.hpp"

namespace coppice::app::content {

/// The place of a record in a sorted list, which a page starts behind. It holds the values that the
/// list is sorted by, not a count, so that no record is shown twice or left out when others come
/// and go.
struct Cursor {
  std::string sort;  ///< What it is a place in: "-published_at".
  db::Value value;   ///< The record's, in the column that is sorted by.
  std::int64_t id = 0;

  auto fields(this auto& self) { return std::tie(self.sort, self.value, self.id); }
};

/// In characters that stand in an address as they are.
[[nodiscard]] std::string to_text(const Cursor& cursor);

/// Errors: invalid_argument for what no page of a list in this order gave.
[[nodiscard]] actors::Result<Cursor> parse_cursor(std::string_view text, std::string_view sort);

}  // namespace coppice::app::content
