#include "app/config_report.hpp"

#include <algorithm>
#include <array>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace coppice::app {
namespace {

constexpr std::string_view kMask = "********";

// A word too many hides a value that could be shown; one too few shows a secret.
constexpr std::array<std::string_view, 8> kSecretWords{
    "SECRET", "PASSWORD", "TOKEN", "API_KEY", "ACCESS_KEY", "DSN", "SMTP_URL", "OTLP_HEADERS"};

/// "https://********@host" of "https://ann:password@host".
std::string without_credentials(std::string value) {
  const auto scheme = value.find("://");
  if (scheme == std::string::npos) return value;
  const auto begin = scheme + 3;
  const auto host_end = std::min(value.find('/', begin), value.size());
  const auto at = value.rfind('@', host_end);
  if (at == std::string::npos || at < begin) return value;
  return value.replace(begin, at - begin, kMask);
}

ConfigEntry entry_of(const Variable& variable, const Lookup& lookup) {
  ConfigEntry entry{.name = variable.name,
                    .value = std::string(variable.fallback),
                    .is_secret = is_secret_variable(variable.name),
                    .meaning = variable.meaning};
  const auto value = lookup(variable.name);
  if (!value || value->empty()) return entry;
  entry.is_set = true;
  entry.value = entry.is_secret ? std::string(kMask) : without_credentials(*value);
  return entry;
}

}  // namespace

bool is_secret_variable(std::string_view name) {
  return std::ranges::any_of(kSecretWords,
                             [name](std::string_view word) { return name.contains(word); });
}

std::vector<ConfigEntry> config_report(const Lookup& lookup) {
  std::vector<ConfigEntry> entries;
  for (const auto& variable : config_variables()) entries.push_back(entry_of(variable, lookup));
  return entries;
}

std::string config_json(const std::vector<ConfigEntry>& entries) {
  boost::json::array variables;
  for (const auto& entry : entries) {
    variables.push_back(boost::json::object{{"name", entry.name},
                                            {"value", entry.value},
                                            {"source", entry.is_set ? "environment" : "default"},
                                            {"secret", entry.is_secret},
                                            {"meaning", entry.meaning}});
  }
  return boost::json::serialize(boost::json::object{{"variables", std::move(variables)}});
}

}  // namespace coppice::app
