#pragma once

#include <string>
#include <string_view>

namespace coppice::app::cli {

// What operators follow, for people: from one JSON object of the admin API to one or more lines
// without the last line's end. What is no JSON object is shown as it is.

/// A line of the log: its time, level and text, and what it is about.
[[nodiscard]] std::string render_log_line(std::string_view json, bool colour);

/// An event: its time, kind, path, and the other facts; a stack below.
[[nodiscard]] std::string render_event(std::string_view json, bool colour);

/// A message of a traced actor: its time, how long it took, its type, and who sent it.
[[nodiscard]] std::string render_message(std::string_view json, bool colour);

}  // namespace coppice::app::cli
