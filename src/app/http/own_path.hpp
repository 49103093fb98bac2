#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace coppice::app::http {

/// A path of this site as a Location header has it: what is not ASCII becomes %XX. Nothing for what
/// is no path, is too long, has bytes that no address has (control characters, spaces), or would
/// lead a browser to another site (`//evil.example`, `/\evil.example`). Thread: any.
[[nodiscard]] std::optional<std::string> own_path(std::string_view wanted);

}  // namespace coppice::app::http
