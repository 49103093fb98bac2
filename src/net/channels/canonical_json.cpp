#include "net/channels/canonical_json.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <unordered_set>
#include <utility>
#include <vector>

#include "net/channels/json_listener.hpp"
#include "net/json.hpp"

namespace coppice::net::channels {
namespace {

constexpr std::string_view kMinusZero = "-0";

bool has_exponent(std::string_view number) noexcept {
  return number.find_first_of("eE") != std::string_view::npos;
}

void append_number(std::string& out, std::string_view number) {
  if (is_canonical_number(number)) {
    out += number;
    return;
  }
  if (number == kMinusZero) {
    out += '0';
    return;
  }
  double value = 0;
  const auto* end = number.data() + number.size();
  if (std::from_chars(number.data(), end, value).ec != std::errc()) {
    out += number;  // so small that no double is nearer than zero
    return;
  }
  std::array<char, 32> buffer{};
  const auto* written = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  const std::string_view shortest(buffer.data(), written);
  out += shortest;
  if (shortest.find_first_of(".e") == std::string_view::npos) out += ".0";
}

/// Writes anew what it hears of a value.
class CanonicalWriter : public JsonListener {
 public:
  explicit CanonicalWriter(std::string& out) noexcept : out_(out) {}

  bool on_array_begin(ErrorCode&) { return begin('['); }
  bool on_array_end(std::size_t, ErrorCode&) { return end(']'); }
  bool on_object_begin(ErrorCode&) { return begin('{'); }
  bool on_object_end(std::size_t, ErrorCode&) { return end('}'); }

  bool on_key_part(Text part, std::size_t, ErrorCode&) { return collect(part); }
  bool on_key(Text part, std::size_t, ErrorCode&) {
    collect(part);
    return name_member(std::exchange(collected_, {}));
  }

  bool on_string_part(Text part, std::size_t, ErrorCode&) { return collect(part); }
  bool on_string(Text part, std::size_t, ErrorCode&) {
    collect(part);
    const auto text = std::exchange(collected_, {});
    if (begin_value()) append_json_string(out_, text);
    return true;
  }

  bool on_number_part(Text part, ErrorCode&) { return collect(part); }
  bool on_int64(std::int64_t, Text part, ErrorCode&) { return number(part); }
  bool on_uint64(std::uint64_t, Text part, ErrorCode&) { return number(part); }
  bool on_double(double, Text part, ErrorCode&) { return number(part); }

  bool on_bool(bool value, ErrorCode&) {
    if (begin_value()) out_ += value ? "true" : "false";
    return true;
  }
  bool on_null(ErrorCode&) {
    if (begin_value()) out_ += "null";
    return true;
  }

 private:
  /// An array or object that is being written.
  struct Level {
    bool is_empty = true;
    std::unordered_set<std::string> names{};  // of an object
  };

  bool collect(Text part) {
    collected_.append(part.data(), part.size());
    return true;
  }

  /// What belongs before a value; false if the value is left out.
  bool begin_value() {
    if (left_out_levels_ > 0) return false;
    if (std::exchange(leaves_out_, false)) return false;
    if (!std::exchange(is_named_, false)) separate();
    return true;
  }

  void separate() {
    if (!levels_.empty() && !std::exchange(levels_.back().is_empty, false)) out_ += ',';
  }

  bool begin(char bracket) {
    if (begin_value()) {
      out_ += bracket;
      levels_.emplace_back();
    } else {
      ++left_out_levels_;
    }
    return true;
  }

  bool end(char bracket) {
    if (left_out_levels_ > 0) {
      --left_out_levels_;
    } else {
      out_ += bracket;
      levels_.pop_back();
    }
    return true;
  }

  bool name_member(std::string name) {
    if (left_out_levels_ > 0) return true;
    leaves_out_ = levels_.back().names.contains(name);
    if (leaves_out_) return true;
    separate();
    append_json_string(out_, name);
    out_ += ':';
    is_named_ = true;
    levels_.back().names.insert(std::move(name));
    return true;
  }

  bool number(Text part) {
    collect(part);
    const auto text = std::exchange(collected_, {});
    if (begin_value()) append_number(out_, text);
    return true;
  }

  std::string& out_;
  std::string collected_;  // of a name, text or number
  std::vector<Level> levels_;
  std::size_t left_out_levels_ = 0;
  bool leaves_out_ = false;  // the next value: its name has been there before
  bool is_named_ = false;    // the next value
};

}  // namespace

bool is_canonical_number(std::string_view number) noexcept {
  return number != kMinusZero && !has_exponent(number);
}

std::string canonical_json(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  boost::json::basic_parser<CanonicalWriter> parser(JsonListener::options(), out);
  boost::system::error_code ignored;  // it was read before
  parser.write_some(false, text.data(), text.size(), ignored);
  return out;
}

}  // namespace coppice::net::channels
