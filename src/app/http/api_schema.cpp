#include "app/http/api_schema.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/content/list_request.hpp"
#include "app/content/resource/input.hpp"
#include "app/http/json_schema.hpp"

namespace coppice::app::http {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using content::Field;
using content::FieldType;
using content::Resource;
using content::Table;

namespace {

/// "posts", "post" → "Post".
std::string schema_name(const Resource& resource, std::string_view suffix = {}) {
  std::string name(resource.singular);
  if (name.front() >= 'a' && name.front() <= 'z') {
    name.front() = static_cast<char>(name.front() - 'a' + 'A');
  }
  return name + std::string(suffix);
}

/// "list" of "posts" → "list_posts".
Operation operation(std::string_view verb, const Resource& resource, bool many = false) {
  Operation out;
  out.object["operationId"] = fmt::format("{}_{}", verb, many ? resource.name : resource.singular);
  out.object["tags"] = array{value(std::string(resource.name))};
  return out;
}

object schema_of_type(FieldType type) {
  switch (type) {
    case FieldType::text: return {{"type", "string"}};
    case FieldType::time: return {{"type", "string"}, {"format", "date-time"}};
    case FieldType::integer: return {{"type", "integer"}, {"format", "int64"}};
    case FieldType::boolean: return {{"type", "boolean"}};
    case FieldType::strings: return {{"type", "array"}, {"items", object{{"type", "string"}}}};
    case FieldType::json: return {{"type", "array"}, {"items", object()}};
  }
  return {};
}

bool is_nullable(const Field& field) {
  return !field.required && field.fallback.empty() && field.type != FieldType::strings &&
         field.type != FieldType::json;
}

object schema_of(const Field& field, bool input) {
  object schema = schema_of_type(field.type);
  if (!field.elements.empty()) schema["items"] = boost::json::parse(field.elements);
  if (is_nullable(field)) schema["type"] = array{schema["type"], "null"};
  if (!field.about.empty()) schema["description"] = std::string(field.about);
  if (!input) return schema;
  if (field.type == FieldType::text) {
    schema["maxLength"] = field.max_length;
    if (field.required) schema["minLength"] = 1;
    if (field.pattern) schema["pattern"] = std::string(field.pattern->regex);
  }
  if (field.type == FieldType::strings) {
    schema["maxItems"] = content::kMaxListItems;
    auto& items = schema["items"].as_object();
    items["maxLength"] = field.max_length;
    if (field.pattern) items["pattern"] = std::string(field.pattern->regex);
  }
  return schema;
}

object labels_schema() {
  return {{"type", "array"},
          {"items", object{{"type", "string"}}},
          {"description", "Labels of tags; those that are new are created."}};
}

/// What a record looks like in an answer.
object record_schema(const Table& table, const std::vector<content::OutColumn>& columns) {
  const Resource& resource = table.resource();
  object properties;
  array required;
  for (const auto& column : columns) {
    const std::string name(column.name);
    const Field* field = resource.field(column.name);
    if (field != nullptr) {
      properties[name] = schema_of(*field, false);
    } else if (resource.tags && name == "tags") {
      properties[name] = labels_schema();
    } else {
      properties[name] = schema_of_type(column.type);
    }
    required.emplace_back(name);
  }
  for (const auto& computed : resource.computed) {
    auto* property = properties.if_contains(computed.name);
    if (property == nullptr || computed.about.empty()) continue;
    property->as_object()["description"] = std::string(computed.about);
  }
  return {{"type", "object"},
          {"description", std::string(resource.about)},
          {"properties", std::move(properties)},
          {"required", std::move(required)}};
}

/// What a client sends of one.
object input_schema(const Resource& resource, bool whole) {
  object properties;
  array required;
  for (const Field& field : resource.fields) {
    if (field.read_only) continue;
    properties[field.name] = schema_of(field, true);
    if (whole && field.required) required.emplace_back(std::string(field.name));
  }
  if (resource.tags) properties["tags"] = labels_schema();
  object schema{
      {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

object in_data(object schema) {
  return {{"type", "object"},
          {"properties", object{{"data", std::move(schema)}}},
          {"required", array{"data"}}};
}

object record_answer(const Table& table, std::string_view about) {
  object answer = json_answer(about, in_data(reference("schemas", schema_name(table.resource()))));
  answer["headers"] = object{{"ETag", reference("headers", "ETag")}};
  return answer;
}

object body_of(const Resource& resource, std::string_view suffix) {
  const object schema{{"schema", reference("schemas", schema_name(resource, suffix))}};
  return {{"required", true}, {"content", object{{"application/json", schema}}}};
}

object idempotency_parameter() { return reference("parameters", "IdempotencyKey"); }
object precondition_parameter() { return reference("parameters", "IfMatch"); }

}  // namespace

object reference(std::string_view where, std::string_view name) {
  return {{"$ref", fmt::format("#/components/{}/{}", where, name)}};
}

object query_parameter(std::string_view name, std::string_view about, bool required) {
  object parameter{{"name", std::string(name)},
                   {"in", "query"},
                   {"description", std::string(about)},
                   {"schema", object{{"type", "string"}}}};
  if (required) parameter["required"] = true;
  return parameter;
}

object page_of(object schema) {
  using json_schema::or_null;
  return json_schema::record(
      {{"data", json_schema::list_of(std::move(schema))},
       {"page", json_schema::record({{"next", or_null(json_schema::text())}})}});
}

object json_answer(std::string_view about, object schema) {
  object media{{"schema", std::move(schema)}};
  return {{"description", std::string(about)},
          {"content", object{{"application/json", std::move(media)}}}};
}

object answers(std::string_view status, object answer,
               std::initializer_list<std::string_view> errors) {
  object out{{std::string(status), std::move(answer)}};
  for (const std::string_view error : errors) {
    out[error] = reference("responses", fmt::format("Error{}", error));
  }
  out["default"] = reference("responses", "Error");
  return out;
}

void require_credentials(object& operation) {
  operation["security"] = array{object{{"bearer", array()}}, object{{"session", array()}}};
}

std::string list_summary(const Resource& resource) {
  return fmt::format("Lists {}, a page at a time", resource.name);
}

Operation list_operation(const Table& table) {
  const Resource& resource = table.resource();
  Operation out = operation("list", resource, true);
  array parameters = {
      reference("parameters", "Limit"), reference("parameters", "Cursor"),
      query_parameter("sort", fmt::format("One of {}, with a - before it for the reverse order; "
                                          "usually {}.",
                                          fmt::join(table.sortable(), ", "), resource.order)),
      query_parameter("q", resource.search ? "Only what matches these words, as in a search."
                                           : "Only what has this in its name.")};
  if (resource.tags) parameters.push_back(reference("parameters", "Tag"));
  out.object["parameters"] = std::move(parameters);
  object answer =
      json_answer("A page.", page_of(reference("schemas", schema_name(resource, "InList"))));
  answer["headers"] = object{{"ETag", reference("headers", "ETag")}};
  out.object["responses"] = answers("200", std::move(answer), {"400"});
  return out;
}

Operation show_operation(const Table& table) {
  Operation out = operation("show", table.resource());
  out.object["responses"] = answers("200", record_answer(table, "The record."), {"400", "404"});
  return out;
}

Operation create_operation(const Table& table) {
  Operation out = operation("create", table.resource());
  out.object["parameters"] = array{idempotency_parameter()};
  out.object["requestBody"] = body_of(table.resource(), "Input");
  object answer = record_answer(table, "The new record; Location is its address.");
  answer["headers"].as_object()["Location"] = object{{"schema", object{{"type", "string"}}}};
  out.object["responses"] =
      answers("201", std::move(answer), {"400", "401", "403", "413", "415", "422"});
  require_credentials(out.object);
  return out;
}

Operation replace_operation(const Table& table) {
  Operation out = operation("replace", table.resource());
  out.object["parameters"] = array{precondition_parameter()};
  out.object["requestBody"] = body_of(table.resource(), "Input");
  out.object["responses"] =
      answers("200", record_answer(table, "The record as it is now."),
              {"400", "401", "403", "404", "409", "412", "413", "415", "422"});
  require_credentials(out.object);
  return out;
}

Operation patch_operation(const Table& table) {
  Operation out = operation("change", table.resource());
  out.object["parameters"] = array{precondition_parameter(), idempotency_parameter()};
  out.object["requestBody"] = body_of(table.resource(), "Changes");
  out.object["responses"] =
      answers("200", record_answer(table, "The record as it is now."),
              {"400", "401", "403", "404", "409", "412", "413", "415", "422"});
  require_credentials(out.object);
  return out;
}

Operation delete_operation(const Table& table) {
  Operation out = operation("delete", table.resource());
  out.object["parameters"] = array{precondition_parameter()};
  out.object["responses"] = answers("204", object{{"description", "The record is gone."}},
                                    {"400", "401", "403", "404", "409", "412"});
  require_credentials(out.object);
  return out;
}

object search_hit_schema(const content::Catalogue& catalogue) {
  array kinds;
  object more;
  for (const auto& table : catalogue.tables()) {
    const Resource& resource = table->resource();
    if (!resource.search) continue;
    kinds.emplace_back(resource.singular);
    for (const std::string_view name : resource.search->fields) {
      more.emplace(name, schema_of(*resource.field(name), false));
    }
  }
  object hit = json_schema::record(
      {{"kind", object{{"type", "string"}, {"enum", std::move(kinds)}}},
       {"id", schema_of_type(FieldType::integer)},
       {"title", json_schema::text()},
       {"snippet",
        json_schema::text("HTML in which only <mark>, around what matched, is a tag.")}});
  return json_schema::with_optional(std::move(hit), more);
}

void add_schemas(const Table& table, object& schemas) {
  const Resource& resource = table.resource();
  schemas[schema_name(resource)] = record_schema(table, table.show_columns());
  schemas[schema_name(resource, "InList")] = record_schema(table, table.list_columns());
  schemas[schema_name(resource, "Changes")] = input_schema(resource, false);
  if (resource.created_from_json) {
    schemas[schema_name(resource, "Input")] = input_schema(resource, true);
  }
}

}  // namespace coppice::app::http
