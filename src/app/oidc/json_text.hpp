#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

namespace coppice::app::oidc {

/// The text that @p object has under @p name; empty if it has none, or something else than text.
[[nodiscard]] inline std::string text_of(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
}

}  // namespace coppice::app::oidc
