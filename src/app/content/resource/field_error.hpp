#pragma once

#include <optional>
#include <string>

#include "actors/result.hpp"
#include "app/content/field_problems.hpp"

/// What is wrong with fields, as an error that commands can return: its context is the JSON object
/// of a 422 answer, {"slug":["has already been taken"]}.
namespace coppice::app::content {

[[nodiscard]] actors::Error to_error(const FieldProblems& problems);

/// The JSON object of such an error; nothing for any other.
[[nodiscard]] std::optional<std::string> problems_json(const actors::Error& error);

/// The record has changed since it was read.
[[nodiscard]] actors::Error stale_record();
[[nodiscard]] bool is_stale(const actors::Error& error);

}  // namespace coppice::app::content
