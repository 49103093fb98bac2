#include "app/cli/level_view.hpp"

#include <cstdint>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

namespace coppice::app::cli {

std::string render_levels(std::string_view json) {
  std::string out;
  const auto value = boost::json::parse(json);
  for (const auto& each : value.at("levels").as_array()) {
    const auto& rule = each.as_object();
    out += fmt::format("{:<28}  {}", std::string(rule.at("target").as_string()),
                       std::string(rule.at("level").as_string()));
    if (const auto* left = rule.if_contains("seconds_left")) {
      out += fmt::format("  for {} s more", left->to_number<std::int64_t>());
    }
    out += '\n';
  }
  const auto left_out = value.at("left_out").to_number<std::uint64_t>();
  if (left_out > 0) {
    out += fmt::format("lines that could not be written: {}\n", left_out);
  }
  return out;
}

}  // namespace coppice::app::cli
