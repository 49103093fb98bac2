#include "app/content/html_tag.hpp"

#include <algorithm>
#include <utility>

#include "app/content/unicode.hpp"

namespace coppice::app::content {

namespace {

class TagReader {
 public:
  explicit TagReader(std::string_view source) : source_(source) {}

  std::optional<HtmlTag> read() {
    at_ = 1;
    tag_.closing = take('/');
    if (at_ >= source_.size() || !is_letter(source_[at_])) return std::nullopt;
    const std::size_t start = at_;
    while (at_ < source_.size() && (is_ascii_alnum(source_[at_]) || source_[at_] == '-')) ++at_;
    tag_.name = ascii_lowered(source_.substr(start, at_ - start));
    while (true) {
      const bool space = skip_space();
      if (at_ >= source_.size()) return std::nullopt;
      if (take('>')) break;
      if (take('/')) continue;
      if (!space || !read_attribute()) return std::nullopt;
    }
    tag_.size = at_;
    return std::move(tag_);
  }

 private:
  static bool is_letter(char c) { return is_ascii_alnum(c) && (c < '0' || c > '9'); }

  bool take(char wanted) {
    if (at_ >= source_.size() || source_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  bool skip_space() {
    const std::size_t start = at_;
    while (at_ < source_.size() && is_ascii_space(source_[at_])) ++at_;
    return at_ > start;
  }

  std::string_view take_until(std::string_view stops) {
    const std::size_t end = std::min(source_.find_first_of(stops, at_), source_.size());
    const std::string_view taken = source_.substr(at_, end - at_);
    at_ = end;
    return taken;
  }

  bool read_attribute() {
    const std::string_view name = take_until(" \t\r\n\f\v/>=<\"'`");
    if (name.empty()) return false;
    HtmlAttribute attribute{.name = ascii_lowered(name), .value = {}};
    const std::size_t after_name = at_;
    skip_space();
    if (!take('=')) {
      at_ = after_name;
    } else if (!read_value(attribute.value)) {
      return false;
    }
    tag_.attributes.push_back(std::move(attribute));
    return true;
  }

  bool read_value(std::string_view& value) {
    skip_space();
    for (const char quote : {'"', '\''}) {
      if (!take(quote)) continue;
      value = take_until(std::string_view(&quote, 1));
      return take(quote);
    }
    value = take_until(" \t\r\n\f\v>\"'=<`");
    return !value.empty();
  }

  std::string_view source_;
  std::size_t at_ = 0;
  HtmlTag tag_;
};

}  // namespace

std::optional<HtmlTag> read_html_tag(std::string_view html) { return TagReader(html).read(); }

}  // namespace coppice::app::content
