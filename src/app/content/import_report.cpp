#include "app/content/import_report.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace coppice::app::content {

void ImportReport::add(ImportEntry entry) { entries_.push_back(std::move(entry)); }

std::size_t ImportReport::count(Outcome outcome) const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(entries_, [outcome](const ImportEntry& e) {
    return e.change && e.change->outcome == outcome;
  }));
}

std::size_t ImportReport::skipped() const noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(entries_, [](const ImportEntry& e) { return !e.change; }));
}

std::string ImportReport::summary() const {
  return fmt::format("{} created, {} updated, {} unchanged, {} skipped", count(Outcome::created),
                     count(Outcome::updated), count(Outcome::unchanged), skipped());
}

std::vector<std::string> ImportReport::problems() const {
  std::vector<std::string> lines;
  for (const ImportEntry& entry : entries_) {
    if (entry.change) continue;
    const std::string place =
        entry.line == 0 ? entry.file : fmt::format("{}:{}", entry.file, entry.line);
    lines.push_back(fmt::format("{}: {}", place, entry.reason));
  }
  return lines;
}

}  // namespace coppice::app::content
