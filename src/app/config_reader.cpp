#include "app/config_reader.hpp"

#include <algorithm>
#include <charconv>

namespace coppice::app {

std::optional<std::string> ConfigReader::find(std::string_view name) const {
  auto value = lookup_(name);
  if (value && value->empty()) return std::nullopt;
  return value;
}

std::string ConfigReader::text(std::string_view name, std::string_view fallback) const {
  return find(name).value_or(std::string(fallback));
}

std::uint32_t ConfigReader::number(std::string_view name, std::uint32_t fallback,
                                   std::uint32_t least, std::uint32_t most) {
  const auto value = find(name);
  if (!value) return fallback;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
  const bool is_whole = error == std::errc() && end == value->data() + value->size();
  if (is_whole && number >= least && number <= most) return number;
  reject(name, *value,
         "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return fallback;
}

std::string ConfigReader::choice(std::string_view name, std::string_view fallback,
                                 std::initializer_list<std::string_view> accepted) {
  std::string value = text(name, fallback);
  if (std::ranges::find(accepted, value) != accepted.end()) return value;
  std::string list;
  for (const auto& each : accepted) list += (list.empty() ? "" : ", ") + std::string(each);
  reject(name, value, list);
  return std::string(fallback);
}

bool ConfigReader::flag(std::string_view name, std::string_view fallback) {
  const std::string value = choice(name, fallback, {"true", "false", "1", "0"});
  return value == "true" || value == "1";
}

std::string ConfigReader::required(std::string_view name, std::string_view advice) {
  auto value = find(name);
  if (!value) {
    problems_ +=
        "environment variable " + std::string(name) + " is missing: " + std::string(advice) + "\n";
  }
  return value.value_or("");
}

void ConfigReader::reject(std::string_view name, std::string_view value,
                          std::string_view accepted) {
  problems_ += "environment variable " + std::string(name) + " is \"" + std::string(value) +
               "\"; accepted: " + std::string(accepted) + "\n";
}

std::vector<std::string> ConfigReader::split_list(std::string_view list) {
  std::vector<std::string> out;
  while (!list.empty()) {
    const auto comma = list.find(',');
    std::string_view item = list.substr(0, comma);
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    const auto first = item.find_first_not_of(" \t");
    if (first == std::string_view::npos) continue;
    item = item.substr(first, item.find_last_not_of(" \t") - first + 1);
    out.emplace_back(item);
  }
  return out;
}

}  // namespace coppice::app
