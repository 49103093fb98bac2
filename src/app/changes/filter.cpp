#include "app/changes/filter.hpp"

#include <algorithm>
#include <charconv>

#include <boost/json/value.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace coppice::app::changes {

using actors::Errc;
using actors::fail;
using actors::Result;
using boost::json::value;
using content::Field;
using content::FieldType;
using content::Table;

namespace {

constexpr std::string_view kTag = "tag";

std::unexpected<actors::Error> wrong_type(const Field& field) {
  const std::string_view type = field.type == FieldType::text      ? "a string"
                                : field.type == FieldType::boolean ? "true or false"
                                                                   : "a whole number";
  return fail(Errc::invalid_argument, fmt::format("filter {} must be {}", field.name, type));
}

Result<void> add_tag(const Table& table, std::string_view label, Filter& filter) {
  if (!table.resource().tags) {
    return fail(Errc::invalid_argument,
                fmt::format("filter tag: {} have no tags", table.resource().name));
  }
  if (filter.tags.size() == content::kMostTags) {
    return fail(Errc::invalid_argument,
                fmt::format("filter tag: at most {} tags can be given", content::kMostTags));
  }
  filter.tags.emplace_back(label);
  return {};
}

Result<void> add_tags(const Table& table, const value& tags, Filter& filter) {
  if (const auto* label = tags.if_string()) return add_tag(table, *label, filter);
  const auto* labels = tags.if_array();
  if (labels == nullptr || !std::ranges::all_of(*labels, &value::is_string)) {
    return fail(Errc::invalid_argument, "filter tag must be a label or a list of labels");
  }
  for (const value& label : *labels) {
    if (auto added = add_tag(table, label.as_string(), filter); !added) return added;
  }
  return {};
}

Result<const Field*> field_of(const Table& table, std::string_view name) {
  const Field* field = table.resource().field(name);
  if (field != nullptr && field->filterable) return field;
  return fail(Errc::invalid_argument,
              fmt::format("there is no filter {}; there are {}", name, filter_names(table)));
}

/// A field's value as it is stored; nothing for one of another type.
std::optional<db::Value> stored(FieldType type, const value& written) {
  if (type == FieldType::text) {
    const auto* text = written.if_string();
    if (text != nullptr) return std::string(*text);
  } else if (type == FieldType::boolean) {
    const auto* truth = written.if_bool();
    if (truth != nullptr) return std::int64_t{*truth};
  } else if (const auto* number = written.if_int64()) {
    return *number;
  }
  return std::nullopt;
}

std::optional<db::Value> stored(FieldType type, const std::string& written) {
  if (type == FieldType::text) return written;
  if (type == FieldType::boolean) {
    if (written != "true" && written != "false") return std::nullopt;
    return std::int64_t{written == "true"};
  }
  std::int64_t number = 0;
  const auto [end, error] =
      std::from_chars(written.data(), written.data() + written.size(), number);
  const bool whole = error == std::errc() && end == written.data() + written.size();
  return whole ? std::optional<db::Value>(number) : std::nullopt;
}

template <class Written>
Result<void> add_field(const Table& table, std::string_view name, const Written& written,
                       Filter& filter) {
  const auto field = field_of(table, name);
  if (!field) return std::unexpected(field.error());
  auto wanted = stored((*field)->type, written);
  if (!wanted) return wrong_type(**field);
  filter.fields.push_back({std::string(name), std::move(*wanted)});
  return {};
}

}  // namespace

bool Filter::matches(const Facts& facts) const noexcept {
  return std::ranges::all_of(tags, [&](const auto& label) { return facts.has_tag(label); }) &&
         std::ranges::all_of(fields, [&](const auto& condition) { return facts.is(condition); });
}

Result<void> add_condition(const Table& table, std::string_view name, const value& written,
                           Filter& filter) {
  if (name == kTag) return add_tags(table, written, filter);
  return add_field(table, name, written, filter);
}

Result<void> add_condition(const Table& table, std::string_view name, const std::string& written,
                           Filter& filter) {
  if (name == kTag) return add_tag(table, written, filter);
  return add_field(table, name, written, filter);
}

std::string filter_names(const Table& table) {
  std::vector<std::string_view> names;
  if (table.resource().tags) names.push_back(kTag);
  for (const Field& field : table.resource().fields) {
    if (field.filterable) names.push_back(field.name);
  }
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace coppice::app::changes
