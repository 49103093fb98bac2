#include "app/http/json_schema.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <boost/json/array.hpp>

namespace coppice::app::http::json_schema {
namespace {

using boost::json::array;
using boost::json::object;

object of_type(std::string_view type, std::string_view about = {}) {
  object schema{{"type", type}};
  if (!about.empty()) schema["description"] = about;
  return schema;
}

}  // namespace

object text(std::string_view about) { return of_type("string", about); }

object text_of(std::string_view format) { return {{"type", "string"}, {"format", format}}; }

object time() { return text_of("date-time"); }

object one_of(std::initializer_list<std::string_view> words) {
  array all;
  for (const auto word : words) all.emplace_back(word);
  return {{"type", "string"}, {"enum", std::move(all)}};
}

object integer(std::string_view about) { return of_type("integer", about); }

object number(std::string_view about) { return of_type("number", about); }

object truth() { return of_type("boolean"); }

object or_null(object schema) {
  auto* type = schema.if_contains("type");
  if (type == nullptr) {
    return {{"anyOf", array{std::move(schema), of_type("null")}}};
  }
  *type = array{std::move(*type), "null"};
  if (auto* words = schema.if_contains("enum")) words->as_array().emplace_back(nullptr);
  return schema;
}

object list_of(object schema) { return {{"type", "array"}, {"items", std::move(schema)}}; }

object texts() { return list_of(text()); }

object record(object properties, std::initializer_list<std::string_view> optional) {
  array required;
  for (const auto& property : properties) {
    const std::string_view name = property.key();
    if (std::ranges::find(optional, name) == optional.end()) required.emplace_back(name);
  }
  return {
      {"type", "object"}, {"properties", std::move(properties)}, {"required", std::move(required)}};
}

object with_optional(object record, const object& more) {
  auto& properties = record["properties"].as_object();
  for (const auto& [name, schema] : more) properties[name] = schema;
  return record;
}

}  // namespace coppice::app::http::json_schema
