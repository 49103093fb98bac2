#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "db/value.hpp"

namespace coppice::app::content {

/// Columns and their values: all of a record's, or those that are to be written.
class Record {
 public:
  struct Entry {
    std::string column;
    db::Value value;

    auto fields(this auto& self) { return std::tie(self.column, self.value); }
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  [[nodiscard]] const db::Value* find(std::string_view column) const noexcept;
  [[nodiscard]] bool has(std::string_view column) const noexcept { return find(column) != nullptr; }
  void set(std::string_view column, db::Value value);

  /// A text column's value; empty for NULL and for a column that isn't there.
  [[nodiscard]] std::string text(std::string_view column) const;
  /// Nothing for NULL and for a column that isn't there.
  [[nodiscard]] std::optional<std::string> maybe_text(std::string_view column) const;
  [[nodiscard]] bool truth(std::string_view column) const noexcept;

  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }

  auto fields(this auto& self) { return std::tie(self.entries_); }

 private:
  std::vector<Entry> entries_;
};

/// For Record::set.
[[nodiscard]] db::Value to_value(const std::optional<std::string>& text);

/// What differs in @p next from @p before, or isn't in it.
[[nodiscard]] Record changes_between(const Record& before, const Record& next);

}  // namespace coppice::app::content
