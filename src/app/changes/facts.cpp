#include "app/changes/facts.hpp"

#include <algorithm>

#include <boost/json/parse.hpp>

namespace coppice::app::changes {

namespace {

/// As the database has it; NULL for what can't be filtered by.
db::Value stored(const boost::json::value& value) {
  if (const auto* text = value.if_string()) return std::string(*text);
  if (const auto* number = value.if_int64()) return *number;
  return {};
}

std::vector<std::string> labels_in(const boost::json::value& list) {
  std::vector<std::string> labels;
  const auto* tags = list.if_array();
  if (tags == nullptr) return labels;
  for (const auto& tag : *tags) {
    if (const auto* label = tag.if_string()) labels.emplace_back(*label);
  }
  return labels;
}

}  // namespace

std::optional<Facts> Facts::parse(std::string_view json) {
  boost::system::error_code error;
  const auto value = boost::json::parse(json, error);
  const auto* object = error ? nullptr : value.if_object();
  if (object == nullptr) return std::nullopt;
  Facts facts;
  for (const auto& [name, member] : *object) {
    if (name == "tags") {
      facts.tags_ = labels_in(member);
    } else {
      facts.fields_.push_back({std::string(name), stored(member)});
    }
  }
  return facts;
}

bool Facts::truth(std::string_view field) const noexcept {
  const auto found = std::ranges::find(fields_, field, &content::FieldIs::field);
  const auto* number = found == fields_.end() ? nullptr : std::get_if<std::int64_t>(&found->value);
  return number != nullptr && *number != 0;
}

bool Facts::is(const content::FieldIs& condition) const noexcept {
  return std::ranges::find(fields_, condition) != fields_.end();
}

bool Facts::has_tag(std::string_view label) const noexcept {
  return std::ranges::find(tags_, label) != tags_.end();
}

}  // namespace coppice::app::changes
