#include "app/http/byte_range.hpp"

#include <algorithm>
#include <charconv>

namespace coppice::app::http {

namespace {

constexpr std::string_view kUnit = "bytes=";

std::optional<std::uint64_t> number(std::string_view text) noexcept {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  return whole ? std::optional(value) : std::nullopt;
}

}  // namespace

RangeDecision decide_range(std::string_view header, std::uint64_t size) noexcept {
  if (!header.starts_with(kUnit)) return {};
  header.remove_prefix(kUnit.size());
  const auto dash = header.find('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view from = header.substr(0, dash);
  const std::string_view to = header.substr(dash + 1);
  if (from.empty()) {
    const auto length = number(to);
    if (!length) return {};
    if (*length == 0 || size == 0) return {RangeAnswer::out_of_range};
    return {RangeAnswer::part, {size - std::min(*length, size), size - 1}};
  }
  const auto first = number(from);
  const auto last = to.empty() ? std::optional(size) : number(to);
  if (!first || !last || *last < *first) {
    // An open range that begins behind the end is well-formed.
    const bool open_behind = first && to.empty() && *first >= size;
    return {open_behind ? RangeAnswer::out_of_range : RangeAnswer::whole};
  }
  if (*first >= size) return {RangeAnswer::out_of_range};
  return {RangeAnswer::part, {*first, std::min(*last, size - 1)}};
}

}  // namespace coppice::app::http
