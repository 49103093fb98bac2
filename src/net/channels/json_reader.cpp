#include "net/channels/json_reader.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>

#include <boost/container/small_vector.hpp>

#include "net/channels/canonical_json.hpp"
#include "net/channels/json_listener.hpp"
#include "net/json.hpp"

namespace coppice::net::channels {
namespace {

/// Keeps the text of a string.
class StringListener : public JsonListener {
 public:
  explicit StringListener(std::string& text) noexcept : text_(text) {}

  bool on_string_part(Text part, std::size_t, ErrorCode&) { return keep(part); }
  bool on_string(Text part, std::size_t, ErrorCode&) { return keep(part); }

 private:
  bool keep(Text part) {
    text_.append(part.data(), part.size());
    return true;
  }

  std::string& text_;
};

/// Finds out whether a value is in its canonical form already, as what proper clients send is: then
/// nothing needs to be written anew. Blanks, and more escapes than are needed, show in that the
/// text is longer than its parts come to; capitals among the hex digits don't, and nobody minds.
class FormListener : public JsonListener {
 public:
  explicit FormListener(std::string_view input) noexcept : input_(input) {}

  bool on_array_begin(ErrorCode&) { return add(2); }
  bool on_array_end(std::size_t elements, ErrorCode&) {
    return add(elements > 1 ? elements - 1 : 0);
  }
  bool on_object_begin(ErrorCode&) {
    objects_.push_back(names_.size());
    return add(2);
  }
  bool on_object_end(std::size_t members, ErrorCode&) {
    const auto first = names_.begin() + static_cast<std::ptrdiff_t>(objects_.back());
    std::ranges::sort(first, names_.end());
    if (std::ranges::adjacent_find(first, names_.end()) != names_.end()) is_unusual_ = true;
    names_.erase(first, names_.end());
    objects_.pop_back();
    return add(members > 0 ? 2 * members - 1 : 0);
  }
  bool on_key_part(Text, std::size_t, ErrorCode&) {
    is_unusual_ = true;  // escapes in a name, which would have to be put together
    return true;
  }
  bool on_key(Text name, std::size_t, ErrorCode&) {
    names_.push_back(std::hash<std::string_view>()({name.data(), name.size()}));
    return add_text(name) && add(2);
  }
  bool on_string_part(Text part, std::size_t, ErrorCode&) { return add_text(part); }
  bool on_string(Text part, std::size_t, ErrorCode&) { return add_text(part) && add(2); }
  bool on_int64(std::int64_t, Text number, ErrorCode&) { return add_number(number); }
  bool on_uint64(std::uint64_t, Text number, ErrorCode&) { return add_number(number); }
  bool on_double(double value, Text number, ErrorCode& error) {
    return check_range(value, error) && add_number(number);
  }
  bool on_bool(bool value, ErrorCode&) { return add(value ? 4 : 5); }
  bool on_null(ErrorCode&) { return add(4); }

  [[nodiscard]] bool was_canonical(std::string_view text) const noexcept {
    return !is_unusual_ && size_ == text.size();
  }

 private:
  bool add(std::size_t characters) {
    size_ += characters;
    return true;
  }

  /// What the parser did not have to decode is a slice of the input, and has nothing to escape.
  bool add_text(Text part) {
    const std::less_equal<const char*> precedes;
    const bool is_slice = precedes(input_.data(), part.data()) &&
                          precedes(part.data() + part.size(), input_.data() + input_.size());
    return add(is_slice ? part.size() : json_escaped_size({part.data(), part.size()}));
  }

  bool add_number(Text number) {
    if (!is_canonical_number({number.data(), number.size()})) is_unusual_ = true;
    return add(number.size());
  }

  const std::string_view input_;
  std::size_t size_ = 0;
  bool is_unusual_ = false;  // a number, or perhaps a name that was there before
  // Hashes of the names in the objects that are open, the outermost first. Two names that share one
  // cost the time to look again.
  boost::container::small_vector<std::size_t, 16> names_;
  boost::container::small_vector<std::size_t, 8> objects_;  // where each one's names begin
};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Takes a value's text off the front of @p rest. Nothing if it is malformed.
template <class Handler>
std::optional<std::string_view> take_value(std::string_view& rest,
                                           boost::json::basic_parser<Handler>& parser) {
  boost::system::error_code error;
  const auto size = parser.write_some(false, rest.data(), rest.size(), error);
  if (error || !parser.done()) return std::nullopt;
  auto text = rest.substr(0, size);
  rest.remove_prefix(size);
  while (is_blank(text.back())) text.remove_suffix(1);  // the parser takes them along
  return text;
}

}  // namespace

bool JsonReader::skip(char punctuation) noexcept {
  skip_blanks();
  if (!rest_.starts_with(punctuation)) return false;
  rest_.remove_prefix(1);
  return true;
}

std::optional<std::string> JsonReader::value() {
  skip_blanks();
  boost::json::basic_parser<FormListener> parser(JsonListener::options(), rest_);
  const auto text = take_value(rest_, parser);
  if (!text) return std::nullopt;
  return parser.handler().was_canonical(*text) ? std::string(*text) : canonical_json(*text);
}

std::optional<std::string> JsonReader::string() {
  if (!at_string()) return std::nullopt;
  std::string decoded;
  boost::json::basic_parser<StringListener> parser(JsonListener::options(), decoded);
  if (!take_value(rest_, parser)) return std::nullopt;
  return decoded;
}

bool JsonReader::at_string() noexcept {
  skip_blanks();
  return rest_.starts_with('"');
}

bool JsonReader::at_end() noexcept {
  skip_blanks();
  return rest_.empty();
}

void JsonReader::skip_blanks() noexcept {
  while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
}

}  // namespace coppice::net::channels
