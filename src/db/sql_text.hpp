#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace coppice::db {

/// The offset of the first statement's first word at or after @p offset: behind blanks, comments
/// and stray semicolons. The text's size when there is none.
[[nodiscard]] std::size_t skip_blank(std::string_view sql, std::size_t offset) noexcept;

/// A statement's first word; empty if it begins with none.
[[nodiscard]] std::string_view first_word(std::string_view sql) noexcept;

/// As SQLite compares keywords: letters of ASCII only.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// A table's or column's name as it can stand in SQL, whatever is in it.
[[nodiscard]] std::string quote_identifier(std::string_view identifier);

}  // namespace coppice::db
