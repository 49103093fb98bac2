#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "app/content/resource/table.hpp"

/// What the API's description (OpenAPI 3.1) says of resources; openapi.hpp makes it a document.
namespace coppice::app::http {

/// What a route says of itself there, as its RouteOptions::docs: an Operation Object without what
/// follows from the route, which is its summary and the parameters in its path.
struct Operation {
  boost::json::object object;
};

[[nodiscard]] std::string list_summary(const content::Resource& resource);

[[nodiscard]] Operation list_operation(const content::Table& table);
[[nodiscard]] Operation show_operation(const content::Table& table);
[[nodiscard]] Operation create_operation(const content::Table& table);
[[nodiscard]] Operation replace_operation(const content::Table& table);
[[nodiscard]] Operation patch_operation(const content::Table& table);
[[nodiscard]] Operation delete_operation(const content::Table& table);

/// Adds the schemas of the resource's records to the components: `Post`, `PostInList`, and, if
/// clients write them, `PostInput` and `PostChanges`.
void add_schemas(const content::Table& table, boost::json::object& schemas);

/// What one result of a search looks like, of whatever resource it is.
[[nodiscard]] boost::json::object search_hit_schema(const content::Catalogue& catalogue);

/// The schema of a page of a list: {"data":[…],"page":{"next":…}}.
[[nodiscard]] boost::json::object page_of(boost::json::object schema);

/// {"$ref":"#/components/…"}
[[nodiscard]] boost::json::object reference(std::string_view where, std::string_view name);

/// A query parameter with a string schema.
[[nodiscard]] boost::json::object query_parameter(std::string_view name, std::string_view about,
                                                  bool required = false);

/// An answer with a JSON document of that schema.
[[nodiscard]] boost::json::object json_answer(std::string_view about, boost::json::object schema);

/// {"200": …} with those of the errors that are named: "400", "404", ….
[[nodiscard]] boost::json::object answers(std::string_view status, boost::json::object answer,
                                          std::initializer_list<std::string_view> errors);

/// Operations that need credentials.
void require_credentials(boost::json::object& operation);

}  // namespace coppice::app::http
