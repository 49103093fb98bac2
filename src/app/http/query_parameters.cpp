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
  const std::string* text = value->string();
  if (text == nullptr) return wrong_kind(name, "a single value");
  if (params_.times(name) > 1) return wrong_kind(name, "given once");
  return *text;
}

Result<std::vector<std::string>> QueryParameters::texts(std::string_view name) const {
  const auto* value = params_.find(name);
  if (value == nullptr) return std::vector<std::string>();
  if (value->map() != nullptr) return wrong_kind(name, "a value or a list");
  auto out = value->string() != nullptr ? params_.all(name) : std::vector<std::string>();
  if (const auto* list = value->list()) {
    for (const auto& item : *list) {
      if (item.string() == nullptr) return wrong_kind(name, "a list of values");
      out.push_back(*item.string());
    }
  }
  // The later form has taken the earlier one's place.
  if (out.size() != params_.times(name)) return wrong_kind(name, "given in one form");
  return out;
}

}  // namespace coppice::app::http
