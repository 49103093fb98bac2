#pragma once

#include <filesystem>

namespace coppice::app {

/// A path as absolute, without links, dots and a slash at its end, so that two that lead to one
/// place are the same. Links are followed as far as it exists and may be looked into. Thread: any.
[[nodiscard]] std::filesystem::path real_path(const std::filesystem::path& given);

/// Whether @p inner is @p folder or below it, by their names alone: both as real_path() gives them.
[[nodiscard]] bool is_within(const std::filesystem::path& inner,
                             const std::filesystem::path& folder);

/// The system's folder for temporary files (TMPDIR). A TMPDIR that is no folder is no reason to
/// fail, since most commands have no use for it: then it is /tmp.
[[nodiscard]] std::filesystem::path temporary_folder();

}  // namespace coppice::app
