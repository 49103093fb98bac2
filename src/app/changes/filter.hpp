#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"
#include "app/changes/facts.hpp"
#include "app/content/resource/read_list.hpp"
#include "app/content/resource/table.hpp"

namespace boost::json {
class value;  // NOLINT(readability-identifier-naming): the library's name
}  // namespace boost::json

namespace coppice::app::changes {

/// Which records somebody follows: those that carry all of the tags and have all of the values.
struct Filter {
  std::vector<std::string> tags{};
  std::vector<content::FieldIs> fields{};

  [[nodiscard]] bool empty() const noexcept { return tags.empty() && fields.empty(); }
  [[nodiscard]] bool matches(const Facts& facts) const noexcept;
};

/// Adds one condition: `tag`, with a label or several, or a filterable field with its value.
/// Errors: invalid_argument, which names what is unknown, of another type or too much.
[[nodiscard]] actors::Result<void> add_condition(const content::Table& table, std::string_view name,
                                                 const boost::json::value& value, Filter& filter);

/// The same with the value as a query string has it.
[[nodiscard]] actors::Result<void> add_condition(const content::Table& table, std::string_view name,
                                                 const std::string& value, Filter& filter);

/// What followers of the table can filter by: "tag, slug, is_draft".
[[nodiscard]] std::string filter_names(const content::Table& table);

}  // namespace coppice::app::changes
