#include "app/admin/route_docs.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "app/admin/line_stream.hpp"
#include "app/admin/work.hpp"
#include "app/http/json_schema.hpp"

namespace coppice::app::admin {
namespace {

using net::http::Plug;
using net::http::Request;
using net::http::Response;

constexpr std::size_t kMostBodyBytes = 16'384;

Plug refuse_others(std::vector<QueryDoc> known) {
  return {.name = "known parameters",
          .before = [known = std::move(known)](Request& request) -> std::optional<Response> {
            for (const auto& entry : request.query.entries()) {
              if (std::ranges::find(known, entry.name, &QueryDoc::name) != known.end()) continue;
              return explained({actors::Errc::invalid_argument, "unknown parameter " + entry.name});
            }
            return std::nullopt;
          }};
}

}  // namespace

AnswerDoc in_json(boost::json::object schema) {
  return {.type = "application/json", .schema = std::move(schema)};
}

AnswerDoc in_text(std::string_view about) {
  return {.type = "text/plain", .schema = http::json_schema::text(about)};
}

AnswerDoc in_lines(boost::json::object schema) {
  auto lines = http::json_schema::text("An object of JSON in each line.");
  lines["contentMediaType"] = kLinesType;
  lines["contentSchema"] = std::move(schema);
  return {.type = std::string(kLinesType), .schema = std::move(lines)};
}

net::http::RouteOptions described(std::string summary, RouteDocs docs) {
  auto known = refuse_others(docs.query);
  return {.summary = std::move(summary),
          .through = {std::move(known)},
          .max_body_bytes = kMostBodyBytes,
          .docs = std::move(docs)};
}

}  // namespace coppice::app::admin
