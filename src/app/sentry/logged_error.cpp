#include "app/sentry/logged_error.hpp"

#include <algorithm>
#include <functional>

#include "app/clean_text.hpp"
#include "app/crashes/crash.hpp"
#include "app/logging.hpp"

namespace coppice::app::sentry {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

std::int64_t fingerprint_of(std::string_view folder, std::string_view shape) {
  constexpr std::size_t kSpread = 0x9E3779B97F4A7C15U;
  const std::hash<std::string_view> hash;
  return static_cast<std::int64_t>(hash(folder) * kSpread + hash(shape));
}

}  // namespace

std::string shape_of(std::string_view text, std::string_view request_id) {
  std::string shape;
  while (!text.empty()) {
    if (!request_id.empty() && text.starts_with(request_id)) {
      shape += '#';
      text.remove_prefix(request_id.size());
      continue;
    }
    const auto end = std::ranges::find_if_not(text, is_word);
    const auto size = std::max<std::size_t>(static_cast<std::size_t>(end - text.begin()), 1);
    const auto word = text.substr(0, size);
    if (std::ranges::any_of(word, is_digit)) {
      shape += '#';
    } else {
      shape += word;
    }
    text.remove_prefix(size);
  }
  return shape;
}

LoggedError logged_error(const LogLine& line) {
  auto text = clean_text(line.text, crashes::kMostTextBytes);
  auto shape = shape_of(text, line.request_id);
  const auto at = std::chrono::floor<std::chrono::milliseconds>(line.at.time_since_epoch());
  return {.at = at.count(),
          .fingerprint = fingerprint_of(line.folder, shape),
          .level = line.level,
          .text = std::move(text),
          .shape = std::move(shape),
          .folder = std::string(line.folder),
          .actor = clean_text(line.actor, crashes::kMostNameBytes, Lines::one),
          .request_id = clean_text(line.request_id, crashes::kMostNameBytes, Lines::one)};
}

}  // namespace coppice::app::sentry
