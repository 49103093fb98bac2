#include "app/cli/table.hpp"

#include <algorithm>
#include <limits>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "app/clean_text.hpp"

namespace coppice::app::cli {

std::string printable(std::string_view text) {
  return clean_text(text, std::numeric_limits<std::size_t>::max(), Lines::one);
}

std::string cell_of(const boost::json::value& given) {
  if (given.is_string()) return printable(given.as_string());
  if (given.is_null()) return "-";
  return boost::json::serialize(given);
}

std::string table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += fmt::format("{:<{}}  ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

}  // namespace coppice::app::cli
