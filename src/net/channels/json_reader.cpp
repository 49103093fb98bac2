#include "net/channels/json_reader.hpp"

#include <cmath>
#include <cstdint>

#include <boost/json/basic_parser_impl.hpp>

namespace coppice::net::channels {
namespace {

namespace json = boost::json;
using boost::system::error_code;

/// Hears of every part of a value; keeps nothing but, if asked to, the text of a string.
class Listener {
 public:
  // NOLINTBEGIN(readability-identifier-naming): the parser looks for these names.
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;
  // NOLINTEND(readability-identifier-naming)

  explicit Listener(std::string* decoded) noexcept : decoded_(decoded) {}

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t, error_code&) { return true; }
  bool on_object_begin(error_code&) { return true; }
  bool on_object_end(std::size_t, error_code&) { return true; }
  bool on_key_part(json::string_view, std::size_t, error_code&) { return true; }
  bool on_key(json::string_view, std::size_t, error_code&) { return true; }
  bool on_number_part(json::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t, json::string_view, error_code&) { return true; }
  bool on_uint64(std::uint64_t, json::string_view, error_code&) { return true; }
  bool on_bool(bool, error_code&) { return true; }
  bool on_null(error_code&) { return true; }
  bool on_comment_part(json::string_view, error_code&) { return true; }
  bool on_comment(json::string_view, error_code&) { return true; }

  bool on_string_part(json::string_view part, std::size_t, error_code&) { return keep(part); }
  bool on_string(json::string_view part, std::size_t, error_code&) { return keep(part); }

  bool on_double(double value, json::string_view text, error_code& error) {
    (void)text;
    if (std::isfinite(value)) return true;
    error = json::error::exponent_overflow;
    return false;
  }

 private:
  bool keep(json::string_view part) {
    if (decoded_ != nullptr) decoded_->append(part.data(), part.size());
    return true;
  }

  std::string* decoded_;
};

json::parse_options options() {
  json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  return options;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

bool JsonReader::skip(char punctuation) noexcept {
  skip_blanks();
  if (!rest_.starts_with(punctuation)) return false;
  rest_.remove_prefix(1);
  return true;
}

std::optional<std::string_view> JsonReader::value() { return read(nullptr); }

std::optional<std::string> JsonReader::string() {
  if (!at_string()) return std::nullopt;
  std::string decoded;
  if (!read(&decoded)) return std::nullopt;
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

std::optional<std::string_view> JsonReader::read(std::string* decoded) {
  skip_blanks();
  json::basic_parser<Listener> parser(options(), decoded);
  error_code error;
  const auto size = parser.write_some(false, rest_.data(), rest_.size(), error);
  if (error || !parser.done()) return std::nullopt;
  auto text = rest_.substr(0, size);
  rest_.remove_prefix(size);
  while (is_blank(text.back())) text.remove_suffix(1);  // the parser takes them along
  return text;
}

void JsonReader::skip_blanks() noexcept {
  while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
}

}  // namespace coppice::net::channels
