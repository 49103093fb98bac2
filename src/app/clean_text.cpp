#include "app/clean_text.hpp"

#include <algorithm>

#include "net/utf8.hpp"

namespace coppice::app {
namespace {

bool is_shown(char c, Lines lines) {
  const auto code = static_cast<unsigned char>(c);
  if (c == '\n' || c == '\t') return lines == Lines::several;
  return code >= ' ' && code != 0x7F;
}

/// Replaces the control characters beyond ASCII, U+0080 to U+009F: to some terminals, one of them
/// begins what "\033[" does. @pre Is UTF-8.
void replace_high_controls(std::string& text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const auto next = static_cast<unsigned char>(text[i + 1]);
    if (text[i] == '\xC2' && next < 0xA0) text[i] = text[i + 1] = '?';
  }
}

}  // namespace

std::string clean_text(std::string_view text, std::size_t most_bytes, Lines lines) {
  const bool is_cut = text.size() > most_bytes;
  // A character that the cut goes through would make all of it look like no UTF-8.
  std::size_t end = std::min(text.size(), most_bytes);
  while (is_cut && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  std::string out(text.substr(0, end));
  const bool is_text = net::is_utf8(out);
  if (is_text) replace_high_controls(out);
  for (char& c : out) {
    const bool is_ascii = static_cast<unsigned char>(c) < 0x80;
    if ((!is_ascii && !is_text) || (is_ascii && !is_shown(c, lines))) c = '?';
  }
  return is_cut ? out + "…" : out;
}

}  // namespace coppice::app
