#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <boost/json/basic_parser_impl.hpp>

#include "net/channels/json_reader.hpp"

namespace coppice::net::channels {

/// What Boost.JSON's streaming parser asks of everybody who listens to it: takes all, and keeps
/// nothing. Derived ones hide what they want to hear of.
struct JsonListener {
  using Text = boost::json::string_view;
  using ErrorCode = boost::system::error_code;

  // NOLINTBEGIN(readability-identifier-naming): the parser looks for these names.
  static constexpr std::size_t max_object_size = SIZE_MAX;
  static constexpr std::size_t max_array_size = SIZE_MAX;
  static constexpr std::size_t max_key_size = SIZE_MAX;
  static constexpr std::size_t max_string_size = SIZE_MAX;
  // NOLINTEND(readability-identifier-naming)

  bool on_document_begin(ErrorCode&) { return true; }
  bool on_document_end(ErrorCode&) { return true; }
  bool on_array_begin(ErrorCode&) { return true; }
  bool on_array_end(std::size_t, ErrorCode&) { return true; }
  bool on_object_begin(ErrorCode&) { return true; }
  bool on_object_end(std::size_t, ErrorCode&) { return true; }
  bool on_key_part(Text, std::size_t, ErrorCode&) { return true; }
  bool on_key(Text, std::size_t, ErrorCode&) { return true; }
  bool on_string_part(Text, std::size_t, ErrorCode&) { return true; }
  bool on_string(Text, std::size_t, ErrorCode&) { return true; }
  bool on_number_part(Text, ErrorCode&) { return true; }
  bool on_int64(std::int64_t, Text, ErrorCode&) { return true; }
  bool on_uint64(std::uint64_t, Text, ErrorCode&) { return true; }
  bool on_double(double value, Text, ErrorCode& error) { return check_range(value, error); }
  bool on_bool(bool, ErrorCode&) { return true; }
  bool on_null(ErrorCode&) { return true; }
  bool on_comment_part(Text, ErrorCode&) { return true; }
  bool on_comment(Text, ErrorCode&) { return true; }

  /// Refuses what no double can hold.
  static bool check_range(double value, ErrorCode& error) {
    if (std::isfinite(value)) return true;
    error = boost::json::error::exponent_overflow;
    return false;
  }

  [[nodiscard]] static boost::json::parse_options options() {
    boost::json::parse_options options;
    options.max_depth = kMaxJsonDepth;
    return options;
  }
};

}  // namespace coppice::net::channels
