#include "net/channels/canonical_json.hpp"

#include <string>

#include <gtest/gtest.h>

#include "net/channels/json_reader.hpp"

namespace coppice::net::channels {
namespace {

using std::string_literals::operator""s;

TEST(CanonicalJson, HasNoBlanks) {
  EXPECT_EQ(canonical_json(" [ 1 ,\t{ \"a b\" : [ ] , \"c\" :\nnull } , { } ] "),
            R"([1,{"a b":[],"c":null},{}])");
}

TEST(CanonicalJson, EscapesNoMoreThanItMust) {
  EXPECT_EQ(canonical_json(R"("\u00fc\ud83d\ude00\/\u007f")"), "\"\xC3\xBC\xF0\x9F\x98\x80/\x7F\"");
  EXPECT_EQ(canonical_json(R"("\"\\\u000a\u0009\u0000\u001F")"), R"("\"\\\n\t\u0000\u001f")");
  EXPECT_EQ(canonical_json(R"({"\u0061":"\u0062"})"), R"({"a":"b"})");
  const std::string longer(100'000, 'x');
  EXPECT_EQ(canonical_json("\"\\u0061" + longer + "\\n" + longer + "\""),
            "\"a" + longer + "\\n" + longer + "\"");
}

TEST(CanonicalJson, KeepsTheFirstOfMembersWithOneName) {
  EXPECT_EQ(canonical_json(R"({"a":1,"a":2})"), R"({"a":1})");
  EXPECT_EQ(canonical_json(R"({"a":1,"\u0061":{"b":[2,{"c":3}]},"d":4,"a":[[]],"e":5,"d":"x"})"),
            R"({"a":1,"d":4,"e":5})");
  EXPECT_EQ(canonical_json(R"({"a":{"a":{"a":1,"a":2},"b":3,"a":4},"b":5})"),
            R"({"a":{"a":{"a":1},"b":3},"b":5})");
  EXPECT_EQ(canonical_json(R"([{"a":1,"a":{}},{"a":2,"a":[]},[{"a":3}]])"),
            R"([{"a":1},{"a":2},[{"a":3}]])");
  EXPECT_EQ(canonical_json("{\"\":1,\"\":2,\"\\u0000\":3}"), "{\"\":1,\"\\u0000\":3}");
}

TEST(CanonicalJson, KeepsTheDigitsOfNumbersWithoutAnExponent) {
  for (const auto* number :
       {"0", "-1", "9223372036854775807", "-9223372036854775808", "18446744073709551615",
        "123456789012345678901234567890", "-123456789012345678901234567890", "0.1", "-0.0", "1.50",
        "3.14159265358979323846264338327950288"}) {
    EXPECT_EQ(canonical_json(number), number);
    EXPECT_TRUE(is_canonical_number(number));
  }
}

TEST(CanonicalJson, WritesOtherNumbersAsDoublesAndMinusZeroWithoutItsSign) {
  EXPECT_EQ(canonical_json("-0"), "0");
  EXPECT_EQ(canonical_json("1E2"), "100.0");
  EXPECT_EQ(canonical_json("-2.50e-1"), "-0.25");
  EXPECT_EQ(canonical_json("1e22"), "1e+22");
  EXPECT_EQ(canonical_json("0.1e-400"), "0.1e-400");
  EXPECT_EQ(canonical_json("[-0,{\"a\":-0},1e0]"), "[0,{\"a\":0},1.0]");
}

TEST(CanonicalJson, IsTheSameOfItsOwnResult) {
  for (const auto* text : {"-0", "1E2", "1e22", "5e-324", "1.7976931348623157e308", "-0e1",
                           "1e-400", R"({"a":[1,{"b":"\u0001\/"}],"a":2})"}) {
    const auto once = canonical_json(text);
    EXPECT_EQ(canonical_json(once), once);
    EXPECT_EQ(JsonReader(once).value(), once);
  }
}

TEST(CanonicalJson, TakesManyMembersAndTheDeepestThatIsRead) {
  std::string members = "{";
  for (int n = 0; n < 100'000; ++n) members += "\"" + std::to_string(n) + "\": 0,";
  EXPECT_EQ(canonical_json(members + "\"0\": 1}").size(), members.size() - 100'000);
  const auto nested = std::string(kMaxJsonDepth, '[') + std::string(kMaxJsonDepth, ']');
  EXPECT_EQ(canonical_json(nested), nested);
}

}  // namespace
}  // namespace coppice::net::channels
