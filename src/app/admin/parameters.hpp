#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "actors/result.hpp"
#include "app/http/query_parameters.hpp"

namespace coppice::app::admin {

/// The query parameters of an operator's request, of which none may be unknown: a misspelt one
/// would do something else than what was meant.
///
/// Errors: invalid_argument, naming the parameter.
[[nodiscard]] inline actors::Result<http::QueryParameters> parameters_of(
    const net::http::Request& request, std::initializer_list<std::string_view> known) {
  http::QueryParameters parameters(request);
  if (auto allowed = parameters.allow_only(known); !allowed) {
    return std::unexpected(allowed.error());
  }
  return parameters;
}

/// The value of a parameter that must be given. Errors: invalid_argument.
[[nodiscard]] inline actors::Result<std::string> required(const http::QueryParameters& parameters,
                                                          std::string_view name) {
  auto value = parameters.text(name);
  if (!value || !value->empty()) return value;
  return actors::fail(actors::Errc::invalid_argument,
                      "parameter " + std::string(name) + " is missing");
}

}  // namespace coppice::app::admin
