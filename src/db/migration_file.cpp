#include "db/migration_file.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace coppice::db {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

constexpr std::size_t kVersionDigits = 14;
constexpr std::string_view kUpSuffix = ".up.sql";
constexpr std::string_view kDownSuffix = ".down.sql";
constexpr std::string_view kDirectivePrefix = "-- coppice:";
constexpr std::string_view kDropTriggers = "drop-triggers";
constexpr std::string_view kNoTransaction = "no-transaction";

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool is_label_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_';
}

// "20251204090845_create_posts", or empty when the suffix is neither of the two.
std::string_view without_suffix(std::string_view name, MigrationDirection& direction) {
  if (name.ends_with(kUpSuffix)) {
    direction = MigrationDirection::up;
    return name.substr(0, name.size() - kUpSuffix.size());
  }
  if (name.ends_with(kDownSuffix)) {
    direction = MigrationDirection::down;
    return name.substr(0, name.size() - kDownSuffix.size());
  }
  return {};
}

bool has_version_and_label(std::string_view stem) {
  return stem.size() > kVersionDigits + 1 && stem[kVersionDigits] == '_' &&
         std::ranges::all_of(stem.substr(0, kVersionDigits), is_digit) &&
         std::ranges::all_of(stem.substr(kVersionDigits + 1), is_label_character);
}

std::vector<std::string> split_words(std::string_view line) {
  std::vector<std::string> words;
  while (true) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
    if (line.empty()) return words;
    const auto length = std::min(line.find_first_of(" \t\r"), line.size());
    words.emplace_back(line.substr(0, length));
    line.remove_prefix(length);
  }
}

// Yields false for words that are no directive.
bool add_directive(MigrationDirectives& directives, const std::vector<std::string>& words) {
  if (words.empty()) return false;
  if (words.front() == kNoTransaction) {
    directives.no_transaction = true;
    return words.size() == 1;
  }
  if (words.front() != kDropTriggers) return false;
  directives.drop_triggers.insert(directives.drop_triggers.end(), words.begin() + 1, words.end());
  return words.size() > 1;
}

}  // namespace

Result<MigrationFileName> parse_migration_file_name(std::string_view name) {
  MigrationFileName parsed;
  const auto base = name.substr(name.find_last_of('/') + 1);
  const auto stem = without_suffix(base, parsed.direction);
  if (!has_version_and_label(stem)) {
    return fail(Errc::malformed,
                fmt::format("{}: a migration is named <14 digits>_<lower_case_name>.up.sql or "
                            ".down.sql",
                            name));
  }
  const auto digits = stem.substr(0, kVersionDigits);
  std::from_chars(digits.data(), digits.data() + digits.size(), parsed.version);
  parsed.label = stem.substr(kVersionDigits + 1);
  return parsed;
}

Result<MigrationScript> parse_migration_script(MigrationFile file) {
  MigrationDirectives directives;
  std::string_view rest = file.text;
  while (rest.starts_with("--")) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (!line.starts_with(kDirectivePrefix)) continue;
    if (!add_directive(directives, split_words(line.substr(kDirectivePrefix.size())))) {
      return fail(Errc::malformed,
                  fmt::format("{}: unknown or incomplete directive \"{}\"; there are \"{}{}\" and "
                              "\"{}{} TABLE…\"",
                              file.name, line, kDirectivePrefix, kNoTransaction, kDirectivePrefix,
                              kDropTriggers));
    }
  }
  return MigrationScript{std::move(file.name), std::move(file.text), std::move(directives)};
}

}  // namespace coppice::db
