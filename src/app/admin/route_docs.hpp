#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "net/http/route.hpp"

namespace coppice::app::admin {

/// A query parameter of an operator's request, as /v1/openapi.json tells of it.
struct QueryDoc {
  std::string name;
  std::string meaning;
  bool required = false;
};

/// What a good answer may be.
struct AnswerDoc {
  std::string type;  ///< Of its content.
  boost::json::object schema;
};

/// A JSON document of that schema.
[[nodiscard]] AnswerDoc in_json(boost::json::object schema);
/// Plain text.
[[nodiscard]] AnswerDoc in_text(std::string_view about);
/// JSON objects of that schema, one a line.
[[nodiscard]] AnswerDoc in_lines(boost::json::object schema);

/// What a route of the admin API says of itself beside its summary: RouteOptions::docs.
struct RouteDocs {
  std::vector<QueryDoc> query{};
  std::vector<AnswerDoc> answers{};
  /// The JSON that it takes; empty for a request without a body.
  boost::json::object body{};
};

/// The options of a route that says in one sentence what it does, and what it takes. A parameter
/// that it does not name is refused: a misspelt one would do something else than what was meant.
[[nodiscard]] net::http::RouteOptions described(std::string summary, RouteDocs docs = {});

}  // namespace coppice::app::admin
