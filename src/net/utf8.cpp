#include "net/utf8.hpp"

#include <cstddef>
#include <cstring>

namespace coppice::net {
namespace {

/// How many bytes at the front are ASCII, counted in words: a quick lower bound.
std::size_t skip_ascii(const char* data, std::size_t size) noexcept {
  std::size_t at = 0;
  for (; at + sizeof(std::uint64_t) <= size; at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, data + at, sizeof word);
    if ((word & 0x8080808080808080U) != 0) break;
  }
  return at;
}

}  // namespace

// The table of well-formed byte sequences: Unicode standard, table 3-7.
bool Utf8Validator::begin_character(std::uint8_t lead) noexcept {
  low_ = 0x80;
  high_ = 0xBF;
  if (lead < 0xC2) return false;
  if (lead < 0xE0) {
    missing_ = 1;
  } else if (lead < 0xF0) {
    missing_ = 2;
    if (lead == 0xE0) low_ = 0xA0;
    if (lead == 0xED) high_ = 0x9F;
  } else if (lead < 0xF5) {
    missing_ = 3;
    if (lead == 0xF0) low_ = 0x90;
    if (lead == 0xF4) high_ = 0x8F;
  } else {
    return false;
  }
  return true;
}

bool Utf8Validator::feed(std::string_view bytes) noexcept {
  if (!valid_) return false;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (missing_ == 0) {
      at += skip_ascii(bytes.data() + at, bytes.size() - at);
      if (at == bytes.size()) break;
    }
    const auto byte = static_cast<std::uint8_t>(bytes[at]);
    if (missing_ == 0) {
      if (byte < 0x80) continue;
      valid_ = begin_character(byte);
    } else {
      valid_ = byte >= low_ && byte <= high_;
      --missing_;
      low_ = 0x80;
      high_ = 0xBF;
    }
    if (!valid_) return false;
  }
  return true;
}

bool is_utf8(std::string_view text) noexcept {
  Utf8Validator validator;
  return validator.feed(text) && validator.complete();
}

}  // namespace coppice::net
