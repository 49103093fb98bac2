#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"
#include "app/content/field_problems.hpp"
#include "app/content/resource/record.hpp"
#include "app/content/resource/resource.hpp"

namespace coppice::app::content {

/// What a client sent of a record.
struct Input {
  Record record;                                 ///< As the columns will hold it.
  std::optional<std::vector<std::string>> tags;  ///< Sorted, each once; if they were sent.
  FieldProblems problems;                        ///< What is wrong with any of it.

  [[nodiscard]] bool gives(std::string_view field) const noexcept {
    return record.has(field) || (field == "tags" && tags.has_value());
  }
};

inline constexpr std::size_t kMaxListItems = 100;

/// Reads a JSON object with fields of @p resource. What is wrong with single fields (unknown, of
/// another type, too long, of a form that it must not have) is in the input's problems.
///
/// Errors: malformed for what is no JSON (RFC 8259, in UTF-8), no object, names a member twice, or
/// nests deeper than 16 levels. Thread: any.
[[nodiscard]] actors::Result<Input> parse_input(const Resource& resource, std::string_view body);

/// Looks for what a new record needs and doesn't have, and fills in what fields are when nothing is
/// given for them.
void complete(const Resource& resource, Input& input);

}  // namespace coppice::app::content
