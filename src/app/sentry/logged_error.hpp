#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "app/log_level.hpp"

namespace coppice::app {
struct LogLine;
}

namespace coppice::app::sentry {

/// A line of the log that tells of an error, or several equal ones: of one folder, with one shape.
/// Texts are UTF-8 without control characters, and bounded.
struct LoggedError {
  std::int64_t at = 0;           ///< Of the last; milliseconds since 1970.
  std::int64_t count = 1;        ///< How many this stands for.
  std::int64_t fingerprint = 0;  ///< Equal ones have the same.
  LogLevel level = LogLevel::error;
  std::string text{};
  std::string shape{};  ///< See shape_of().
  std::string folder{};
  std::string actor{};       ///< Its place in the tree; may be empty.
  std::string request_id{};  ///< May be empty.
};

/// The text without what is another in each line: the request's id, and words with digits in them,
/// each of which becomes "#".
[[nodiscard]] std::string shape_of(std::string_view text, std::string_view request_id);

[[nodiscard]] LoggedError logged_error(const LogLine& line);

}  // namespace coppice::app::sentry
