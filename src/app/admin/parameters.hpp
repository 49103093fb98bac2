#pragma once

#include <string>
#include <string_view>

#include "actors/result.hpp"
#include "app/http/query_parameters.hpp"

namespace coppice::app::admin {

/// The value of a parameter that must be given. Errors: invalid_argument.
[[nodiscard]] inline actors::Result<std::string> required(const http::QueryParameters& parameters,
                                                          std::string_view name) {
  auto value = parameters.text(name);
  if (!value || !value->empty()) return value;
  return actors::fail(actors::Errc::invalid_argument,
                      "parameter " + std::string(name) + " is missing");
}

}  // namespace coppice::app::admin
