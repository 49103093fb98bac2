#include "app/http/entity_tags.hpp"

#include <algorithm>

namespace coppice::app::http {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

bool is_tag_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x21 || (byte >= 0x23 && byte != 0x7F);
}

void skip_blanks(std::string_view& text) {
  const auto at = text.find_first_not_of(" \t");
  text.remove_prefix(at == std::string_view::npos ? text.size() : at);
}

/// Takes `W/"x"` or `"x"` off the text.
std::optional<std::string> take_tag(std::string_view& text) {
  if (text.starts_with("W/")) text.remove_prefix(2);
  if (!text.starts_with('"')) return std::nullopt;
  const auto end = text.find('"', 1);
  if (end == std::string_view::npos) return std::nullopt;
  std::string tag(text.substr(1, end - 1));
  text.remove_prefix(end + 1);
  if (!std::ranges::all_of(tag, is_tag_character)) return std::nullopt;
  return tag;
}

}  // namespace

Result<std::optional<EntityTags>> EntityTags::of(const net::http::Request& request,
                                                 std::string_view header) {
  const auto value = request.header(header);
  if (!value) return std::nullopt;
  const auto malformed = [&] {
    return fail(Errc::invalid_argument,
                "header " + std::string(header) + " must be * or a list of quoted tags");
  };
  EntityTags tags;
  if (*value == "*") {
    tags.any_ = true;
    return tags;
  }
  std::string_view rest = *value;
  while (true) {
    skip_blanks(rest);
    auto tag = take_tag(rest);
    if (!tag) return malformed();
    tags.tags_.push_back(std::move(*tag));
    skip_blanks(rest);
    if (rest.empty()) return tags;
    if (!rest.starts_with(',')) return malformed();
    rest.remove_prefix(1);
  }
}

bool EntityTags::match(std::string_view etag) const {
  return any_ || std::ranges::find(tags_, etag) != tags_.end();
}

std::string entity_tag(std::string_view etag) { return '"' + std::string(etag) + '"'; }

}  // namespace coppice::app::http
