#include "actors/presence/json.hpp"

#include <cstdint>

#include <boost/locale/utf.hpp>

namespace coppice::actors::presence {
namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n";
constexpr std::string_view kHexDigits = "0123456789abcdef";

void append_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHexDigits[byte >> 4U];
      out += kHexDigits[byte & 0xFU];
    } else {
      out += c;
    }
  }
  out += '"';
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto begin = text.find_first_not_of(kWhiteSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kWhiteSpace) - begin + 1);
}

/// What stands between the braces of an object.
std::string_view fields_of(std::string_view object) noexcept {
  object = trimmed(object);
  return trimmed(object.substr(1, object.size() - 2));
}

void append_meta(std::string& out, const Entry& entry) {
  out += '{';
  if (const auto fields = fields_of(entry.meta); !fields.empty()) {
    out += fields;
    out += ',';
  }
  out += "\"phx_ref\":\"";
  out += entry.ref.text();
  if (entry.previous) {
    out += "\",\"phx_ref_prev\":\"";
    out += entry.previous.text();
  }
  out += "\"}";
}

void append_keys(std::string& out, const Entries& entries) {
  out += '{';
  const Entry* before = nullptr;
  for (const auto& entry : entries) {
    if (before != nullptr && before->key == entry->key) {
      out += ',';
    } else {
      if (before != nullptr) out += "]},";
      append_string(out, entry->key);
      out += ":{\"metas\":[";
    }
    append_meta(out, *entry);
    before = entry.get();
  }
  if (before != nullptr) out += "]}";
  out += '}';
}

}  // namespace

std::string to_json(const TopicState& state) {
  std::string out;
  append_keys(out, state.entries);
  return out;
}

std::string to_json(const Diff& diff) {
  std::string out = "{\"joins\":";
  append_keys(out, diff.joins);
  out += ",\"leaves\":";
  append_keys(out, diff.leaves);
  out += '}';
  return out;
}

std::string to_json(const TopicCount& count) {
  return "{\"count\":" + std::to_string(count.members) + '}';
}

bool is_utf8(std::string_view text) noexcept {
  using Utf8 = boost::locale::utf::utf_traits<char>;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const auto code_point = Utf8::decode(at, end);
    if (code_point == boost::locale::utf::illegal || code_point == boost::locale::utf::incomplete) {
      return false;
    }
  }
  return true;
}

bool looks_like_object(std::string_view text) noexcept {
  const auto object = trimmed(text);
  return object.size() >= 2 && object.front() == '{' && object.back() == '}' && is_utf8(object);
}

}  // namespace coppice::actors::presence
