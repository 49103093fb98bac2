#include "app/admin/openapi_routes.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "app/admin/answer_schemas.hpp"
#include "app/admin/route_docs.hpp"
#include "app/http/fixed_text.hpp"
#include "app/http/json_schema.hpp"
#include "app/http/openapi_path.hpp"
#include "app/version.hpp"

namespace coppice::app::admin {
namespace {

using boost::json::array;
using boost::json::object;
using net::http::Response;
using net::http::Route;
using net::http::Routes;
using net::http::Status;

/// "get_log_level" of GET /v1/log-level.
std::string operation_id(const std::string& method, std::string_view path) {
  constexpr std::string_view kVersionPrefix = "/v1/";
  if (path.starts_with(kVersionPrefix)) path.remove_prefix(kVersionPrefix.size());
  std::string id = method + "_";
  for (const char c : path) id += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return id;
}

array parameters_json(const http::OpenApiPath& path, const RouteDocs& docs) {
  array out = path.parameters;
  for (const auto& each : docs.query) {
    out.push_back(object{{"name", each.name},
                         {"in", "query"},
                         {"required", each.required},
                         {"description", each.meaning},
                         {"schema", {{"type", "string"}}}});
  }
  return out;
}

object operation_json(const Route& route, const http::OpenApiPath& path,
                      const std::string& method) {
  const auto* given = route.options.docs.get<RouteDocs>();
  const RouteDocs docs = given != nullptr ? *given : RouteDocs();
  object answers;
  for (const auto& answer : docs.answers) answers[answer.type] = object{{"schema", answer.schema}};
  object good{{"description", "Done"}, {"content", std::move(answers)}};
  object out{{"operationId", operation_id(method, route.pattern)},
             {"summary", route.options.summary}};
  auto parameters = parameters_json(path, docs);
  if (!parameters.empty()) out["parameters"] = std::move(parameters);
  if (!docs.body.empty()) {
    const object content{{"application/json", {{"schema", docs.body}}}};
    out["requestBody"] = object{{"required", true}, {"content", content}};
  }
  out["responses"] =
      object{{"2XX", std::move(good)}, {"default", {{"$ref", "#/components/responses/Failure"}}}};
  return out;
}

object failure_json() {
  using http::json_schema::record;
  const object schema = record({{"errors", record({{"detail", http::json_schema::text()}})}});
  return {{"description", "It was refused, or failed; the sentence says why"},
          {"content", {{"application/json", {{"schema", schema}}}}}};
}

}  // namespace

std::string admin_openapi(const Routes& routes) {
  object paths;
  for (const auto& route : routes) {
    const auto method = http::openapi_method(route.method.value_or(net::http::Method::get));
    const auto path = http::openapi_path(route.pattern);
    auto& operations = paths[path.text];
    if (operations.is_null()) operations = object();
    operations.as_object()[method] = operation_json(route, path, method);
  }
  const object document{
      {"openapi", "3.1.0"},
      {"info",
       {{"title", "Coppice: operators"},
        {"version", kVersion},
        {"description", "HTTP over the Unix socket ADMIN_SOCKET; see docs/admin.md"}}},
      {"servers", array{object{{"url", "http://coppice"}}}},
      {"paths", std::move(paths)},
      {"components",
       {{"schemas", schemas::components()}, {"responses", {{"Failure", failure_json()}}}}}};
  return boost::json::serialize(document);
}

Routes with_description(Routes routes) {
  constexpr auto kPath = "/v1/openapi.json";
  const auto docs =
      described("This API, as an OpenAPI document", {.answers = {in_json(schemas::description())}});
  const net::http::PlainHandler not_asked = [](const net::http::Request& /*request*/) {
    return Response{};
  };
  const Routes all{routes, net::http::get(kPath, not_asked, docs)};
  auto text =
      http::fixed_text("application/json; charset=utf-8", [all] { return admin_openapi(all); });
  return {std::move(routes), net::http::get(kPath, std::move(text), docs)};
}

}  // namespace coppice::app::admin
