#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace boost::json {
class value;  // NOLINT(readability-identifier-naming): the library's name
}

namespace coppice::app::cli {

using Row = std::vector<std::string>;

/// What a terminal takes as it is.
[[nodiscard]] std::string printable(std::string_view text);

/// A value as a cell of a table has it; "-" for null.
[[nodiscard]] std::string cell_of(const boost::json::value& given);

/// Columns as wide as what is in them; the last one as it comes. @pre There is a row, and all have
/// as many cells.
[[nodiscard]] std::string table(const std::vector<Row>& rows);

}  // namespace coppice::app::cli
