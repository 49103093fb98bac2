#include "net/http/chunked_body.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "net/http/headers.hpp"

namespace coppice::net::http {
namespace {

constexpr std::size_t kLongestSizeLine = 1024;  // extensions are nobody's, so far

/// A line as far as it is there.
struct Line {
  std::string_view text;  ///< Without its end.
  bool whole = false;     ///< CR LF is there.
  bool broken = false;    ///< It ends with LF alone, or has a CR within.
  std::size_t size = 0;   ///< With its end, if it is whole.
};

Line line_of(std::string_view input) {
  const auto feed = input.find('\n');
  Line line{.text = input.substr(0, feed), .whole = feed != std::string_view::npos};
  line.size = line.whole ? feed + 1 : 0;
  const bool has_return = line.text.ends_with('\r');
  if (has_return) line.text.remove_suffix(1);
  line.broken = line.text.contains('\r') || (line.whole && !has_return);
  return line;
}

bool is_value_character(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte >= 0x20 && byte != 0x7F) || c == '\t';
}

/// What comes in front of the first byte that is not of the kind; takes it away.
template <class Is>
std::string_view take_while(std::string_view& text, Is is) {
  const auto end = std::ranges::find_if_not(text, is);
  const auto taken = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(taken.size());
  return taken;
}

enum class Grammar : std::uint8_t { wrong, unfinished, right };

/// `"…"` behind an extension's `=`.
Grammar take_quoted(std::string_view& text) {
  text.remove_prefix(1);
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '"') return Grammar::right;
    if (!is_value_character(c)) return Grammar::wrong;
    if (c != '\\') continue;
    if (text.empty()) return Grammar::unfinished;
    if (!is_value_character(text.front())) return Grammar::wrong;
    text.remove_prefix(1);
  }
  return Grammar::unfinished;
}

/// `;name`, `;name=value`, `;name="value"`, any number of them. No spaces: the standard asks to
/// tolerate some, but nobody sends them.
Grammar check_extensions(std::string_view text) {
  const auto is_token = [](char c) { return is_header_name({&c, 1}); };
  while (!text.empty()) {
    if (text.front() != ';') return Grammar::wrong;
    text.remove_prefix(1);
    const bool named = !take_while(text, is_token).empty();
    if (text.empty()) return named ? Grammar::right : Grammar::unfinished;
    if (!named) return Grammar::wrong;
    if (text.front() != '=') continue;
    text.remove_prefix(1);
    if (text.empty()) return Grammar::unfinished;
    if (text.front() == '"') {
      if (const auto quoted = take_quoted(text); quoted != Grammar::right) return quoted;
    } else if (take_while(text, is_token).empty()) {
      return Grammar::wrong;
    }
  }
  return Grammar::right;
}

struct Size {
  Grammar grammar;
  std::uint64_t bytes = 0;
};

Size read_size(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
  const auto digits = take_while(text, [kDigits](char c) { return kDigits.contains(c); });
  if (digits.empty()) return {text.empty() ? Grammar::unfinished : Grammar::wrong};
  Size size{check_extensions(text)};
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), size.bytes, 16);
  if (read.ec != std::errc()) size.grammar = Grammar::wrong;
  return size;
}

/// Fields that say how a message is to be read come too late in a trailer.
bool is_forbidden(std::string_view name) {
  constexpr std::array<std::string_view, 3> kForbidden = {"content-length", "transfer-encoding",
                                                          "host"};
  return std::ranges::any_of(kForbidden, [name](std::string_view forbidden) {
    return equals_ignoring_case(name, forbidden);
  });
}

Grammar check_trailer(std::string_view text) {
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  if (!is_header_name(name) || is_forbidden(name)) return Grammar::wrong;
  if (colon == std::string_view::npos) return Grammar::unfinished;
  const auto value = text.substr(colon + 1);
  return std::ranges::all_of(value, is_value_character) ? Grammar::right : Grammar::wrong;
}

}  // namespace

ChunkedBody::Step ChunkedBody::advance(std::string_view input, std::string& body) {
  Step whole{Progress::need_more, 0};
  for (;;) {
    const auto part = part_;
    const auto step = take(input.substr(whole.consumed), body);
    whole.progress = step.progress;
    whole.consumed += step.consumed;
    const bool stuck = step.consumed == 0 && part_ == part;
    if (stuck || step.progress != Progress::need_more) return whole;
  }
}

ChunkedBody::Step ChunkedBody::take(std::string_view input, std::string& body) {
  switch (part_) {
    case Part::size: return take_size(input, body.size());
    case Part::data: return take_data(input, body);
    case Part::data_end: return take_data_end(input);
    case Part::trailer: break;
  }
  return take_trailer(input);
}

ChunkedBody::Step ChunkedBody::take_size(std::string_view input, std::size_t body_size) {
  const auto line = line_of(input);
  const auto size = read_size(line.text);
  const bool ends_early = line.whole && size.grammar == Grammar::unfinished;
  const bool is_empty_yet = line.text.empty() && !line.whole && !input.starts_with('\r');
  if (line.broken || size.grammar == Grammar::wrong || ends_early ||
      line.text.size() > kLongestSizeLine || (line.text.empty() && !is_empty_yet)) {
    return {Progress::malformed, 0};
  }
  if (!line.whole) return {Progress::need_more, 0};
  if (size.bytes > most_ - std::min(body_size, most_)) return {Progress::too_large, 0};
  left_ = size.bytes;
  part_ = left_ == 0 ? Part::trailer : Part::data;
  return {Progress::need_more, line.size};
}

ChunkedBody::Step ChunkedBody::take_data(std::string_view input, std::string& body) {
  const auto taken = input.substr(0, left_);
  body += taken;
  left_ -= taken.size();
  if (left_ == 0) part_ = Part::data_end;
  return {Progress::need_more, taken.size()};
}

ChunkedBody::Step ChunkedBody::take_data_end(std::string_view input) {
  constexpr std::string_view kEnd = "\r\n";
  if (!kEnd.starts_with(input.substr(0, kEnd.size()))) return {Progress::malformed, 0};
  if (input.size() < kEnd.size()) return {Progress::need_more, 0};
  part_ = Part::size;
  return {Progress::need_more, kEnd.size()};
}

ChunkedBody::Step ChunkedBody::take_trailer(std::string_view input) {
  const auto line = line_of(input);
  if (line.broken || trailer_bytes_ + line.text.size() > max_trailer_bytes_) {
    return {Progress::malformed, 0};
  }
  if (line.text.empty()) return {line.whole ? Progress::complete : Progress::need_more, line.size};
  const auto grammar = check_trailer(line.text);
  if (grammar == Grammar::wrong &&
      (line.whole || line.text.contains(':') || !is_header_name(line.text))) {
    return {Progress::malformed, 0};
  }
  if (!line.whole) return {Progress::need_more, 0};
  if (grammar != Grammar::right) return {Progress::malformed, 0};
  trailer_bytes_ += line.size;
  return {Progress::need_more, line.size};
}

}  // namespace coppice::net::http
