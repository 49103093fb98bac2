#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.hpp"

namespace coppice::app {

/// Reads variables one after another and collects what is wrong with them. One that is empty counts
/// as not set.
class ConfigReader {
 public:
  explicit ConfigReader(const Lookup& lookup) : lookup_(lookup) {}

  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
  [[nodiscard]] std::string text(std::string_view name, std::string_view fallback) const;
  [[nodiscard]] std::uint32_t number(std::string_view name, std::uint32_t fallback,
                                     std::uint32_t least, std::uint32_t most);
  [[nodiscard]] std::string choice(std::string_view name, std::string_view fallback,
                                   std::initializer_list<std::string_view> accepted);
  /// "true" and "1", "false" and "0"; false if it is not set.
  [[nodiscard]] bool flag(std::string_view name);
  /// @param advice  What to do if it is missing.
  [[nodiscard]] std::string required(std::string_view name, std::string_view advice);

  void reject(std::string_view name, std::string_view value, std::string_view accepted);

  /// A line for each.
  [[nodiscard]] const std::string& problems() const noexcept { return problems_; }

 private:
  const Lookup& lookup_;
  std::string problems_;
};

/// The non-empty elements of a comma-separated list, without the blanks around them.
[[nodiscard]] std::vector<std::string> split_list(std::string_view list);

}  // namespace coppice::app
