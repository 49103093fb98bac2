#include "app/cli/columns.hpp"

#include <algorithm>

namespace coppice::app::cli {
namespace {

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

}  // namespace

std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

std::string padded(std::string text, std::size_t columns) {
  const std::size_t shown = columns_of(text);
  if (shown < columns) text.append(columns - shown, ' ');
  return text;
}

std::string fitted(std::string text, std::size_t columns) {
  if (columns_of(text) <= columns) return text;
  std::size_t characters = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!begins_character(text[i])) continue;
    if (++characters < columns) continue;
    text.resize(i);
    break;
  }
  return columns == 0 ? "" : text + "…";
}

}  // namespace coppice::app::cli
