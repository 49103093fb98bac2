#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace coppice::app::content {

/// Writes one JSON document straight into a string, in order, without a tree in between.
///
///     JsonWriter json;
///     json.begin_object().key("data").begin_array();
///     …
///     json.end_array().end_object();
///
/// Commas are the writer's; that begin and end match, and that a key precedes each value of an
/// object, is the caller's.
///
/// Thread: any, one at a time.
class JsonWriter {
 public:
  JsonWriter() = default;
  /// @param reserve_bytes  How large the document will be, roughly.
  explicit JsonWriter(std::size_t reserve_bytes) { out_.reserve(reserve_bytes); }

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  /// @p name is written as it is: a literal, or a name that needs no escape.
  JsonWriter& key(std::string_view name);
  /// The same for a name of whatever characters.
  JsonWriter& escaped_key(std::string_view name);

  JsonWriter& string(std::string_view value);
  JsonWriter& string_or_null(const std::optional<std::string>& value);
  JsonWriter& integer(std::int64_t value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  /// Writes @p json, a complete JSON value, without looking at it.
  JsonWriter& raw(std::string_view json);
  /// An array of strings.
  JsonWriter& strings(std::span<const std::string> values);

  [[nodiscard]] std::string take() && { return std::move(out_); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();

  std::string out_;
  bool needs_comma_ = false;
};

}  // namespace coppice::app::content
