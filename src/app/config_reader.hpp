#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.hpp"

namespace coppice::app {

/// Reads variables one after another and collects what is wrong with them. An empty one is as if it
/// were not set.
class ConfigReader {
 public:
  /// @p lookup must outlive it.
  explicit ConfigReader(const Lookup& lookup) : lookup_(lookup) {}

  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
  [[nodiscard]] std::string text(std::string_view name, std::string_view fallback) const;

  // These give the fallback, and a problem, for what is not acceptable.
  std::uint32_t number(std::string_view name, std::uint32_t fallback, std::uint32_t least,
                       std::uint32_t most);
  std::string choice(std::string_view name, std::string_view fallback,
                     std::initializer_list<std::string_view> accepted);
  /// true, false, 1 or 0.
  bool flag(std::string_view name, std::string_view fallback = "false");

  std::string required(std::string_view name, std::string_view advice);

  void reject(std::string_view name, std::string_view value, std::string_view accepted);

  /// One line for each problem.
  [[nodiscard]] const std::string& problems() const noexcept { return problems_; }

  /// The trimmed elements of a comma-separated list that are not empty.
  [[nodiscard]] static std::vector<std::string> split_list(std::string_view list);

 private:
  const Lookup& lookup_;
  std::string problems_;
};

}  // namespace coppice::app
