#include "app/http/openapi.hpp"

#include <algorithm>
#include <cctype>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "app/http/account_schema.hpp"
#include "app/http/api_schema.hpp"
#include "app/http/authentication.hpp"
#include "app/http/openapi_path.hpp"

namespace coppice::app::http {

using boost::json::array;
using boost::json::object;
using net::http::Route;

namespace {

/// For routes that say no more of themselves than a sentence.
object plain_operation() {
  return {{"responses", object{{"default", object{{"description", "See the summary."}}}}}};
}

object operation_of(const Route& route, const array& path_parameters) {
  const auto* described = route.options.docs.get<Operation>();
  object operation = described == nullptr ? plain_operation() : described->object;
  if (!route.options.summary.empty()) operation["summary"] = route.options.summary;
  array parameters = path_parameters;
  if (const auto* own = operation.if_contains("parameters")) {
    parameters.insert(parameters.end(), own->as_array().begin(), own->as_array().end());
  }
  if (!parameters.empty()) operation["parameters"] = std::move(parameters);
  return operation;
}

bool is_described(const Route& route) {
  return route.method && (route.options.docs.has_value() || route.pattern.starts_with("/api/"));
}

object paths_of(const net::http::Routes& routes) {
  object paths;
  for (const Route& route : routes) {
    if (!is_described(route)) continue;
    const OpenApiPath path = openapi_path(route.pattern);
    auto& item = paths[path.text];
    if (!item.is_object()) item = object();
    item.as_object()[openapi_method(*route.method)] = operation_of(route, path.parameters);
  }
  return paths;
}

object error_answer(std::string_view about) {
  return json_answer(about, reference("schemas", "Error"));
}

object responses() {
  object out{
      {"Error", error_answer("The request was not served; `errors.detail` says why.")},
      {"Error400", error_answer("A parameter or the body is malformed; the answer names it.")},
      {"Error401", error_answer("Nobody has signed in, or the token or password is not valid.")},
      {"Error403", error_answer("Whoever asks may not do this.")},
      {"Error404", error_answer("There is no such record.")},
      {"Error409", error_answer("Others keep changing the record; try again.")},
      {"Error412", error_answer("The record is not at the version that If-Match names.")},
      {"Error413", error_answer("The body is larger than is taken here.")},
      {"Error415", error_answer("The body is of a type that is not taken here.")}};
  object too_many = error_answer("Too many attempts; wait first.");
  const object seconds{{"description", "How many seconds to wait."},
                       {"schema", object{{"type", "integer"}, {"minimum", 1}}}};
  too_many["headers"] = object{{"Retry-After", seconds}};
  out["Error429"] = std::move(too_many);
  out["Error422"] = json_answer(
      "Fields are missing, unknown or invalid, or an idempotency key "
      "stands for another request.",
      reference("schemas", "FieldErrors"));
  return out;
}

object error_schemas() {
  const object text{{"type", "string"}};
  const object messages{{"type", "array"}, {"items", text}};
  return {
      {"Error",
       object{{"type", "object"},
              {"properties", object{{"errors", object{{"type", "object"},
                                                      {"properties", object{{"detail", text}}},
                                                      {"required", array{"detail"}}}}}},
              {"required", array{"errors"}}}},
      {"FieldErrors",
       object{
           {"type", "object"},
           {"description", "What is wrong with each field: `{\"title\":[\"can't be blank\"]}`."},
           {"properties", object{{"errors", object{{"type", "object"},
                                                   {"additionalProperties",
                                                    object{{"anyOf", array{messages, text}}}}}}}},
           {"required", array{"errors"}}}}};
}

object header_parameter(std::string_view name, std::string_view about) {
  return {{"name", std::string(name)},
          {"in", "header"},
          {"description", std::string(about)},
          {"schema", object{{"type", "string"}}}};
}

object parameters() {
  object limit = query_parameter("limit", "How many at the most; more than 100 means 100.");
  limit["schema"] = object{{"type", "integer"}, {"minimum", 1}, {"default", 20}};
  object tag = query_parameter("tag", "Only what carries this tag; give several for all of them.");
  tag["schema"] =
      object{{"type", "array"}, {"maxItems", 10}, {"items", object{{"type", "string"}}}};
  return {
      {"Limit", std::move(limit)},
      {"Cursor", query_parameter("cursor", "`page.next` of the page before.")},
      {"Tag", std::move(tag)},
      {"IfMatch", header_parameter("If-Match", "The ETag that the record must still have.")},
      {"IdempotencyKey",
       header_parameter("Idempotency-Key",
                        "Names one intent, so that a request that is sent again within a day is "
                        "done once, and answered as the first time.")},
      {"CsrfToken", header_parameter("X-CSRF-Token", "`csrf_token` of `GET /api/me`.")},
  };
}

object components(const content::Catalogue& catalogue, const SessionConfig& config) {
  object schemas = error_schemas();
  for (const auto& table : catalogue.tables()) add_schemas(*table, schemas);
  add_account_schemas(schemas);
  const object bearer{{"type", "http"}, {"scheme", "bearer"}};
  const object session{{"type", "apiKey"}, {"in", "cookie"}, {"name", session_cookie_name(config)}};
  const object etag{{"description", "Names this version; for If-Match and If-None-Match."},
                    {"schema", object{{"type", "string"}}}};
  return {{"schemas", std::move(schemas)},
          {"responses", responses()},
          {"parameters", parameters()},
          {"headers", object{{"ETag", etag}}},
          {"securitySchemes", object{{"bearer", bearer}, {"session", session}}}};
}

array tags_of(const content::Catalogue& catalogue) {
  array tags;
  for (const auto& table : catalogue.tables()) {
    tags.push_back(object{{"name", std::string(table->resource().name)},
                          {"description", std::string(table->resource().about)}});
  }
  tags.push_back(
      object{{"name", "accounts"}, {"description", "Sessions, passwords and bearer tokens."}});
  return tags;
}

}  // namespace

std::string openapi_document(const net::http::Routes& routes, const content::Catalogue& catalogue,
                             std::string_view version, const SessionConfig& session) {
  const object info{{"title", "Coppice"},
                    {"version", std::string(version)},
                    {"license", object{{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}};
  const object document{{"openapi", "3.1.0"},
                        {"info", info},
                        {"servers", array{object{{"url", "/"}}}},
                        {"tags", tags_of(catalogue)},
                        {"paths", paths_of(routes)},
                        {"components", components(catalogue, session)}};
  return boost::json::serialize(document);
}

}  // namespace coppice::app::http
