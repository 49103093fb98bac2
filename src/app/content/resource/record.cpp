#include "app/content/resource/record.hpp"

#include <algorithm>

namespace coppice::app::content {

const db::Value* Record::find(std::string_view column) const noexcept {
  const auto found = std::ranges::find(entries_, column, &Entry::column);
  return found == entries_.end() ? nullptr : &found->value;
}

void Record::set(std::string_view column, db::Value value) {
  const auto found = std::ranges::find(entries_, column, &Entry::column);
  if (found == entries_.end()) {
    entries_.push_back({std::string(column), std::move(value)});
  } else {
    found->value = std::move(value);
  }
}

std::string Record::text(std::string_view column) const {
  return maybe_text(column).value_or(std::string());
}

std::optional<std::string> Record::maybe_text(std::string_view column) const {
  const db::Value* value = find(column);
  const auto* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
  return text == nullptr ? std::nullopt : std::optional(*text);
}

bool Record::truth(std::string_view column) const noexcept {
  const db::Value* value = find(column);
  const auto* number = value == nullptr ? nullptr : std::get_if<std::int64_t>(value);
  return number != nullptr && *number != 0;
}

db::Value to_value(const std::optional<std::string>& text) {
  return text ? db::Value(*text) : db::Value();
}

Record changes_between(const Record& before, const Record& next) {
  Record changes;
  for (const auto& [column, value] : next.entries()) {
    const db::Value* old = before.find(column);
    if (old == nullptr || *old != value) changes.set(column, value);
  }
  return changes;
}

}  // namespace coppice::app::content
