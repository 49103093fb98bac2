#pragma once

#include <initializer_list>
#include <string_view>

#include <boost/json/object.hpp>

/// The pieces that the descriptions of both APIs, the clients' and the operators', are made of:
/// JSON Schema, as OpenAPI 3.1 has it.
namespace coppice::app::http::json_schema {

[[nodiscard]] boost::json::object text(std::string_view about = {});
/// @param format  "date-time", "email".
[[nodiscard]] boost::json::object text_of(std::string_view format);
[[nodiscard]] boost::json::object time();
/// One of these.
[[nodiscard]] boost::json::object one_of(std::initializer_list<std::string_view> words);
[[nodiscard]] boost::json::object integer(std::string_view about = {});
[[nodiscard]] boost::json::object number(std::string_view about = {});
[[nodiscard]] boost::json::object truth();

/// What fits @p schema, or null.
[[nodiscard]] boost::json::object or_null(boost::json::object schema);

[[nodiscard]] boost::json::object list_of(boost::json::object schema);
[[nodiscard]] boost::json::object texts();

/// An object. All of @p properties are required, but those that are named.
[[nodiscard]] boost::json::object record(boost::json::object properties,
                                         std::initializer_list<std::string_view> optional = {});
/// The same with what @p more has, all of which may be missing.
[[nodiscard]] boost::json::object with_optional(boost::json::object record,
                                                const boost::json::object& more);

}  // namespace coppice::app::http::json_schema
