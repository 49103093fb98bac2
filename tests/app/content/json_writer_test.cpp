#include "app/content/json_writer.hpp"

#include <cstdint>
#include <limits>

#include <gtest/gtest.h>

namespace coppice::app::content {
namespace {

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
  JsonWriter json;
  const std::vector<std::string> tags = {"a", "b\"c"};
  json.begin_object().key("data").begin_array();
  json.begin_object().key("id").integer(1).key("tags").strings(tags).end_object();
  json.begin_object().end_object();
  json.begin_array().end_array().boolean(true).null().raw("[1]");
  json.end_array().key("next").string_or_null(std::nullopt).end_object();
  EXPECT_EQ(std::move(json).take(),
            R"({"data":[{"id":1,"tags":["a","b\"c"]},{},[],true,null,[1]],"next":null})");
}

TEST(JsonWriter, WritesEveryInteger) {
  JsonWriter json;
  json.begin_array()
      .integer(std::numeric_limits<std::int64_t>::min())
      .integer(std::numeric_limits<std::int64_t>::max())
      .end_array();
  EXPECT_EQ(std::move(json).take(), "[-9223372036854775808,9223372036854775807]");
}

}  // namespace
}  // namespace coppice::app::content
