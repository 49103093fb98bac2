#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace coppice::app::content {

/// One thing that is wrong with one field of a record.
struct FieldProblem {
  std::string field;     ///< "title"
  std::string message;   ///< As a form shows it: "can't be blank".
  std::string detail;    ///< More for an author, or empty: what was found and what is accepted.
  std::size_t line = 0;  ///< Where in the source file, from 1; 0 when there is no file.
};

/// What is wrong with a record, in the order it was found; empty means valid.
using FieldProblems = std::vector<FieldProblem>;

/// The messages that clients know from Ecto changesets.
inline constexpr std::string_view kBlank = "can't be blank";
inline constexpr std::string_view kInvalid = "is invalid";
inline constexpr std::string_view kTaken = "has already been taken";
inline constexpr std::string_view kBadSlug =
    "must be lowercase alphanumeric with hyphens or underscores only";

/// Groups the messages by field: {"title": ["can't be blank"]}.
[[nodiscard]] std::map<std::string, std::vector<std::string>> by_field(
    const FieldProblems& problems);

/// {"title":["can't be blank"]}, the value of "errors" in a 422 answer.
[[nodiscard]] std::string to_json(const FieldProblems& problems);

/// `title can't be blank; slug must be …`, for logs and reports.
[[nodiscard]] std::string to_sentence(const FieldProblems& problems);

/// The first line that a problem names; 0 when none does.
[[nodiscard]] std::size_t first_line(const FieldProblems& problems) noexcept;

}  // namespace coppice::app::content
