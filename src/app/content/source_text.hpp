#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "actors/result.hpp"

namespace coppice::app::content {

/// What is wrong in a file, and where.
struct SourceProblem {
  std::size_t line = 0;  ///< From 1; 0 when it concerns the file as a whole.
  std::string what;
};

/// Reads a whole file.
///
/// Errors: not_found, io_error, unsupported when it isn't a regular file, too_large beyond
/// @p max_bytes. Thread: one that may block.
[[nodiscard]] actors::Result<std::string> read_file(const std::filesystem::path& path,
                                                    std::size_t max_bytes);

/// The line, from 1, of the first thing in @p text that no text column should hold: a byte that
/// is not UTF-8, or a NUL. 0 when the text is clean.
[[nodiscard]] std::size_t first_unclean_line(std::string_view text);

}  // namespace coppice::app::content
