#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/config.hpp"

namespace coppice::app {

/// One variable and what holds for it.
struct ConfigEntry {
  std::string_view name;
  std::string value;    ///< Masked if it is a secret; what holds by default if it is not set.
  bool is_set = false;  ///< In the environment, and not empty.
  bool is_secret = false;
  std::string_view meaning;
};

/// Every variable that does something, as config_variables() has them.
[[nodiscard]] std::vector<ConfigEntry> config_report(const Lookup& lookup);

/// The same as JSON: {"variables":[{"name","value","source":"environment"|"default","secret",
/// "meaning"}]}.
[[nodiscard]] std::string config_json(const std::vector<ConfigEntry>& entries);

/// Whether the value of a variable of that name is nobody's business.
[[nodiscard]] bool is_secret_variable(std::string_view name);

}  // namespace coppice::app
