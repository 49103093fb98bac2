#include "app/content/html_sanitizer.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/content/html_policy.hpp"
#include "app/content/html_tag.hpp"
#include "app/content/unicode.hpp"

namespace coppice::app::content {

namespace {

constexpr std::size_t kMaxDepth = 256;

class Sanitizer {
 public:
  explicit Sanitizer(std::string_view source) : rest_(source) { out_.reserve(source.size() + 64); }

  std::string run() {
    while (!rest_.empty()) {
      const std::size_t next = std::min(rest_.find('<'), rest_.size());
      out_ += rest_.substr(0, next);
      rest_.remove_prefix(next);
      if (!rest_.empty()) take_markup();
    }
    close_down_to(0);
    return std::move(out_);
  }

 private:
  void take_markup() {
    if (rest_.starts_with("<!--") && skip_past("-->", no_comment_end_)) return;
    const std::optional<HtmlTag> tag = read_html_tag(rest_);
    if (!tag || !write(*tag)) {
      out_ += "&lt;";
      rest_.remove_prefix(1);
    }
  }

  /// Takes everything up to and including @p end; @p missing remembers that none is left.
  bool skip_past(std::string_view end, bool& missing) {
    if (missing) return false;
    const std::size_t at = rest_.find(end);
    missing = at == std::string_view::npos;
    if (!missing) rest_.remove_prefix(at + end.size());
    return !missing;
  }

  /// Writes what may stay of @p tag and takes it off the source; false when it is just text.
  bool write(const HtmlTag& tag) {
    const ElementRule rule = rule_of_element(tag.name);
    if (rule == ElementRule::as_text) return false;
    if (rule == ElementRule::keep && !(tag.closing ? close(tag.name) : open(tag))) return false;
    rest_.remove_prefix(tag.size);
    if (rule == ElementRule::erase && !tag.closing) erase_content(tag.name);
    return true;
  }

  /// Whatever stands up to the next `</`, and again while that isn't the element's own end, is
  /// script or style; without an end all the rest is.
  void erase_content(std::string_view name) {
    while (true) {
      const std::size_t at = rest_.find("</");
      if (at == std::string_view::npos) break;
      rest_.remove_prefix(at);
      if (ascii_lowered(rest_.substr(2, name.size())) == name) return;
      rest_.remove_prefix(2);
    }
    rest_ = {};
  }

  bool open(const HtmlTag& tag) {
    if (tag.name == "input") return write_checkbox(tag);
    if (open_.size() >= kMaxDepth) return false;
    out_ += '<' + tag.name;
    write_attributes(tag);
    if (is_void_element(tag.name)) {
      out_ += " />";
      return true;
    }
    out_ += '>';
    open_.push_back(tag.name);
    return true;
  }

  /// Task lists have checkboxes; no other input has a place in an article.
  bool write_checkbox(const HtmlTag& tag) {
    const bool checkbox = std::ranges::any_of(tag.attributes, [](const HtmlAttribute& a) {
      return a.name == "type" && a.value == "checkbox";
    });
    if (!checkbox) return false;
    out_ += "<input type=\"checkbox\"";
    write_attributes(tag);
    out_ += " disabled=\"\" />";
    return true;
  }

  void write_attributes(const HtmlTag& tag) {
    std::vector<std::string_view> written;
    for (const HtmlAttribute& attribute : tag.attributes) {
      if (!is_allowed_attribute(tag.name, attribute.name, attribute.value)) continue;
      if (std::ranges::find(written, attribute.name) != written.end()) continue;
      written.emplace_back(attribute.name);
      out_ += ' ';
      out_ += attribute.name;
      out_ += "=\"";
      write_value(attribute.value);
      out_ += '"';
    }
  }

  /// The value is HTML already, so `&` stays; what could end it must not.
  void write_value(std::string_view value) {
    for (const char c : value) {
      switch (c) {
        case '"': out_ += "&quot;"; break;
        case '<': out_ += "&lt;"; break;
        case '>': out_ += "&gt;"; break;
        default: out_ += c;
      }
    }
  }

  /// A tag that closes nothing is dropped.
  bool close(std::string_view name) {
    const auto found = std::ranges::find(open_.rbegin(), open_.rend(), name);
    if (found != open_.rend()) close_down_to(static_cast<std::size_t>(open_.rend() - found) - 1);
    return true;
  }

  void close_down_to(std::size_t depth) {
    while (open_.size() > depth) {
      out_ += "</";
      out_ += open_.back();
      out_ += '>';
      open_.pop_back();
    }
  }

  std::string_view rest_;
  std::string out_;
  std::vector<std::string> open_;
  bool no_comment_end_ = false;
};

}  // namespace

std::string sanitized_html(std::string_view html) { return Sanitizer(html).run(); }

}  // namespace coppice::app::content
