#include "app/changes/bookmark.hpp"

#include <charconv>

#include <fmt/format.h>

namespace coppice::app::changes {

using actors::Errc;
using actors::fail;
using actors::Result;

std::string to_string(Bookmark bookmark) {
  std::string text = db::to_string(bookmark.position);
  if (bookmark.record != Bookmark::kAll) text += fmt::format("-{}", bookmark.record);
  return text;
}

Result<Bookmark> parse_bookmark(std::string_view text) {
  const auto dash = text.find('-');
  const auto position = db::parse_position(text.substr(0, dash));
  if (!position) return fail(Errc::malformed, "must be a position such as 1765357200.42");
  Bookmark bookmark{.position = *position};
  if (dash == std::string_view::npos) return bookmark;
  const std::string_view record = text.substr(dash + 1);
  const auto [end, error] =
      std::from_chars(record.data(), record.data() + record.size(), bookmark.record);
  const bool whole = error == std::errc() && end == record.data() + record.size();
  if (!whole || bookmark.record < 1) {
    return fail(Errc::malformed, "must be a position such as 1765357200.42-17");
  }
  return bookmark;
}

}  // namespace coppice::app::changes
