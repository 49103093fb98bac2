#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "app/content/field_problems.hpp"
#include "app/content/post.hpp"
#include "app/content/source_text.hpp"

namespace coppice::app::content {

/// What a post's front matter says; the body is not part of it.
struct PostFrontMatter {
  PostSource post;            ///< raw_body is empty.
  FieldProblems problems;     ///< Values that are not of their field's kind, with their lines.
  std::size_t slug_line = 0;  ///< Where the slug stands in the file; 0 when it is missing.
};

/// One entry of a projects file.
struct ProjectEntry {
  Project project;
  FieldProblems problems;
  std::size_t line = 0;  ///< Where the entry starts in the file, from 1.
};

/// Reads front matter. Keys that Coppice doesn't know are left alone, because content folders
/// carry keys for other programs.
///
/// @param first_line  The line of the file where @p yaml starts, from 1.
/// Errors: the YAML itself is broken, or is not a mapping.
[[nodiscard]] std::expected<PostFrontMatter, SourceProblem> parse_post_front_matter(
    std::string_view yaml, std::size_t first_line);

/// Reads a projects file: a mapping whose `projects` is a list of {name, url, description, tags}.
///
/// Errors: the YAML itself is broken, or has another shape.
[[nodiscard]] std::expected<std::vector<ProjectEntry>, SourceProblem> parse_projects(
    std::string_view yaml);

}  // namespace coppice::app::content
