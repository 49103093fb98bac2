#include "net/channels/json_reader.hpp"

#include <string>

#include <gtest/gtest.h>

namespace coppice::net::channels {
namespace {

using std::string_literals::operator""s;

std::optional<std::string_view> whole_value(std::string_view text) {
  JsonReader reader(text);
  const auto value = reader.value();
  return value && reader.at_end() ? value : std::nullopt;
}

TEST(JsonReader, KeepsValuesAsTheyAre) {
  for (const auto* text :
       {"null", "true", "-0", "1E2", "123456789012345678901234567890", "1e308", "0.1e-400",
        R"("a\u0000\ud83d\ude00")", R"({"a":1,"a":[2,{}]})", "[ 1 , 2 ]", "\"\xC3\xBC\""}) {
    EXPECT_EQ(whole_value(text), text);
  }
  EXPECT_EQ(whole_value(" 1 \n"), "1");
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
