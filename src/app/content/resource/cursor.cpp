#include "app/content/resource/cursor.hpp"

#include <algorithm>

#include "net/encoding.hpp"

namespace coppice::app::content {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

std::unexpected<actors::Error> not_ours() {
  return fail(Errc::invalid_argument, "the cursor is not one that this list gave");
}

}  // namespace

std::string to_text(const Cursor& cursor) {
  std::string text = net::base64_encode(db::to_bytes(cursor));
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

Result<Cursor> parse_cursor(std::string_view text, std::string_view sort) {
  const auto bytes = net::base64_decode(text);
  if (!bytes) return not_ours();
  auto cursor = db::from_bytes<Cursor>(*bytes);
  if (!cursor || cursor->sort != sort || cursor->id <= 0) return not_ours();
  return cursor;
}

}  // namespace coppice::app::content
