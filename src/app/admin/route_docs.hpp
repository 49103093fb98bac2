#pragma once

#include <string>
#include <utility>
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

/// The options of a route that says in one sentence what it does, and what it takes.
[[nodiscard]] inline net::http::RouteOptions described(std::string summary, RouteDocs docs = {}) {
  return {.summary = std::move(summary), .docs = std::move(docs)};
}

}  // namespace coppice::app::admin
