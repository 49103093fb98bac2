#pragma once

#include <string>
#include <vector>

#include "net/http/route.hpp"

namespace coppice::app::admin {

/// A query parameter of an operator's request, as /v1/openapi.json tells of it.
struct QueryDoc {
  std::string name;
  std::string meaning;
  bool required = false;
};

/// What a route of the admin API says of itself beside its summary: RouteOptions::docs.
struct RouteDocs {
  std::vector<QueryDoc> query{};
  std::string answer_type = "application/json";
};

/// The options of a route that says in one sentence what it does, and what it takes. A parameter
/// that it does not name is refused: a misspelt one would do something else than what was meant.
[[nodiscard]] net::http::RouteOptions described(std::string summary, RouteDocs docs = {});

}  // namespace coppice::app::admin
