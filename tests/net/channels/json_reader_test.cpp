#include "net/channels/json_reader.hpp"

#include <string>

#include <gtest/gtest.h>

namespace coppice::net::channels {
namespace {

using std::string_literals::operator""s;

std::optional<std::string> whole_value(std::string_view text) {
  JsonReader reader(text);
  auto value = reader.value();
  return reader.at_end() ? value : std::nullopt;
}

TEST(JsonReader, KeepsValuesInTheirCanonicalForm) {
  for (const auto* text :
       {"null", "true", "false", "0", "-1", "123456789012345678901234567890", "-1.50",
        "18446744073709551615", R"("")", R"("a\u0000\"\n")", R"({"a":1,"b":[2,{}],"":{"a":[]}})",
        R"(["\"","a\nb","\\\\x",{"a\"b":"\t"}])", "[[],{},1,false]", "\"\xC3\xBC\"",
        R"({"a":{"b":1},"b":{"a":1}})"}) {
    EXPECT_EQ(whole_value(text), text);
  }
  EXPECT_EQ(whole_value(" 1 \n"), "1");
}

TEST(JsonReader, BringsOtherValuesIntoIt) {
  EXPECT_EQ(whole_value("[ 1 , -0,1E2]"), "[1,0,100.0]");
  EXPECT_EQ(whole_value("[-0]"), "[0]");
  EXPECT_EQ(whole_value(R"({"a\u0062":"\n","ab":"\"","c":"\t "})"), R"({"ab":"\n","c":"\t "})");
  EXPECT_EQ(whole_value("1E2"), "100.0");
  EXPECT_EQ(whole_value(R"("\u00fc\/")"), "\"\xC3\xBC/\"");
  EXPECT_EQ(whole_value(R"({"a":1,"b":2,"a":3})"), R"({"a":1,"b":2})");
  EXPECT_EQ(whole_value(R"([{"a":1},{"a":1,"a":1}])"), R"([{"a":1},{"a":1}])");
}

TEST(JsonReader, RefusesWhatIsNoJson) {
  const std::string cases[] = {"",
                               "nul",
                               "01",
                               "1.",
                               "-",
                               "+1",
                               ".5",
                               "1e400",
                               "-1e400",
                               "[1,]",
                               "[1",
                               "{\"a\"}",
                               "{a:1}",
                               "{\"a\":1,}",
                               "'a'",
                               "\"a",
                               "\"a\nb\"",
                               "\"\\x\"",
                               "\"\\ud800\"",
                               "\"\\udc00\"",
                               "\"\\ud800\\u0041\"",
                               "\"\xFF\"",
                               "\"\xED\xA0\x80\"",
                               "\xEF\xBB\xBF[]",
                               "[1] x",
                               "NaN",
                               "Infinity",
                               "// a\n1",
                               "[\"a\0\"]"s};
  for (const auto& text : cases) EXPECT_EQ(whole_value(text), std::nullopt) << text;
}

TEST(JsonReader, BoundsDepth) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(whole_value(nested(kMaxJsonDepth)));
  EXPECT_FALSE(whole_value(nested(kMaxJsonDepth + 1)));
  EXPECT_FALSE(whole_value(std::string(1'000'000, '[')));
}

TEST(JsonReader, DecodesStrings) {
  JsonReader reader(R"( "a\n\u00fc\ud83d\ude00\u0000" , 1)");
  EXPECT_TRUE(reader.at_string());
  EXPECT_EQ(reader.string(), "a\n\xC3\xBC\xF0\x9F\x98\x80\0"s);
  EXPECT_TRUE(reader.skip(','));
  EXPECT_EQ(reader.string(), std::nullopt);
  EXPECT_EQ(reader.value(), "1");
  EXPECT_TRUE(reader.at_end());
  const std::string longer(100'000, 'x');
  EXPECT_EQ(JsonReader("\"" + longer + "\"").string(), longer);
}

}  // namespace
}  // namespace coppice::net::channels
