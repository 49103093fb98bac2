#include "net/json.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace coppice::net {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

bool needs_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

static_assert(std::endian::native == std::endian::little);

constexpr std::uint64_t every_byte(std::uint64_t byte) { return byte * 0x0101'0101'0101'0101U; }

/// Has the highest bit of the first byte that is below @p limit, and none before it.
/// @pre limit is at most 0x80
constexpr std::uint64_t below(std::uint64_t word, std::uint64_t limit) {
  return (word - every_byte(limit)) & ~word & every_byte(0x80);
}

/// The place of the first character from @p at on that needs an escape, or the text's end. Eight
/// characters at a time, since most texts hardly have any.
std::size_t find_escape(std::string_view text, std::size_t at) {
  for (; text.size() - at >= sizeof(std::uint64_t); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    const std::uint64_t found =
        below(word, 0x20) | below(word ^ every_byte('"'), 1) | below(word ^ every_byte('\\'), 1);
    if (found != 0) return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
  }
  while (at < text.size() && !needs_escape(text[at])) ++at;
  return at;
}

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += "\\u00";
  out += kHexDigits[byte >> 4U];
  out += kHexDigits[byte & 0xFU];
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t at = 0;;) {
    const std::size_t next = find_escape(text, at);
    out.append(text, at, next - at);
    if (next == text.size()) break;
    append_escaped(out, text[next]);
    at = next + 1;
  }
  out += '"';
}

std::size_t json_escaped_size(std::string_view text) noexcept {
  constexpr std::string_view kShort = "\"\\\b\f\n\r\t";  // two characters, others six
  std::size_t size = text.size();
  for (auto at = find_escape(text, 0); at < text.size(); at = find_escape(text, at + 1)) {
    size += kShort.contains(text[at]) ? 1 : 5;
  }
  return size;
}

}  // namespace coppice::net
