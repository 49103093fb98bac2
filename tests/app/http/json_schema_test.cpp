#include "app/http/json_schema.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

namespace coppice::app::http::json_schema {
namespace {

using boost::json::object;
using boost::json::parse;
using boost::json::value;

TEST(JsonSchema, RequiresOfARecordAllButWhatIsNamed) {
  EXPECT_EQ(value(record({{"a", text()}, {"b", integer()}}, {"b"})), parse(R"({
    "type":"object",
    "properties":{"a":{"type":"string"},"b":{"type":"integer"}},
    "required":["a"]})"));
}

TEST(JsonSchema, AddsWhatMayBeMissing) {
  EXPECT_EQ(value(with_optional(record({{"a", text()}}), {{"b", truth()}})), parse(R"({
    "type":"object",
    "properties":{"a":{"type":"string"},"b":{"type":"boolean"}},
    "required":["a"]})"));
}

TEST(JsonSchema, LetsAnythingBeNull) {
  EXPECT_EQ(value(or_null(time())), parse(R"({"type":["string","null"],"format":"date-time"})"));
  EXPECT_EQ(value(or_null(one_of({"up", "down"}))),
            parse(R"({"type":["string","null"],"enum":["up","down",null]})"));
  const object reference{{"$ref", "#/components/schemas/Actor"}};
  EXPECT_EQ(value(or_null(reference)),
            parse(R"({"anyOf":[{"$ref":"#/components/schemas/Actor"},{"type":"null"}]})"));
}

TEST(JsonSchema, SaysWhatIsInAList) {
  EXPECT_EQ(value(texts()), parse(R"({"type":"array","items":{"type":"string"}})"));
}

}  // namespace
}  // namespace coppice::app::http::json_schema
