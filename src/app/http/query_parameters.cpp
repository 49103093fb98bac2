#include "app/http/query_parameters.hpp"

#include <algorithm>

namespace coppice::app::http {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;

std::unexpected<actors::Error> wrong_kind(std::string_view name, std::string_view wanted) {
  return fail(Errc::invalid_argument,
              "parameter " + std::string(name) + " must be " + std::string(wanted));
}

}  // namespace

Result<void> QueryParameters::allow_only(std::initializer_list<std::string_view> known) const {
  for (const auto& entry : params_.entries()) {
    if (std::ranges::find(known, entry.name) != known.end()) continue;
    return fail(Errc::invalid_argument, "unknown parameter " + entry.name);
  }
  return {};
}

Result<void> QueryParameters::refuse(std::initializer_list<std::string_view> unserved) const {
  for (const auto name : unserved) {
    if (params_.find(name) == nullptr) continue;
    return fail(Errc::invalid_argument, "parameter " + std::string(name) + " is not served here");
  }
  return {};
}

Result<std::string> QueryParameters::text(std::string_view name) const {
  const auto* value = params_.find(name);
  if (value == nullptr) return std::string();
  if (const std::string* text = value->string()) return *text;
  return wrong_kind(name, "a single value");
}

Result<std::vector<std::string>> QueryParameters::texts(std::string_view name) const {
  const auto* value = params_.find(name);
  if (value == nullptr) return std::vector<std::string>();
  if (value->string() != nullptr) return params_.all(name);
  if (value->list() == nullptr) return wrong_kind(name, "a value or a list");
  std::vector<std::string> out;
  for (const auto& item : *value->list()) {
    if (item.string() == nullptr) return wrong_kind(name, "a list of values");
    out.push_back(*item.string());
  }
  return out;
}

}  // namespace coppice::app::http
