#include "net/http/query.hpp"

#include <gtest/gtest.h>

namespace coppice::net::http {
namespace {

Params parsed(std::string_view text) {
  auto params = parse_query(text);
  EXPECT_TRUE(params) << text;
  return params ? *std::move(params) : Params();
}

TEST(ParseQuery, DecodesNamesAndValues) {
  const auto params = parsed("q=a+b%26c&na%6De=%C3%BC&empty=&bare&vsn=2.0.0");
  EXPECT_EQ(params.get("q"), "a b&c");
  EXPECT_EQ(params.get("name"), "ü");
  EXPECT_EQ(params.get("empty"), "");
  EXPECT_EQ(params.get("bare"), "");
  EXPECT_EQ(params.get("vsn"), "2.0.0");
  EXPECT_EQ(params.get("missing"), std::nullopt);
}

TEST(ParseQuery, SkipsEmptyPairs) {
  EXPECT_TRUE(parsed("").empty());
  EXPECT_TRUE(parsed("&&").empty());
  EXPECT_EQ(parsed("&a=1&&").entries().size(), 1U);
}

TEST(ParseQuery, LetsTheLastValueWin) {
  EXPECT_EQ(parsed("a=1&a=2").get("a"), "2");
  EXPECT_EQ(parsed("a[b]=1&a=2").get("a"), "2");
  EXPECT_EQ(parsed("a=1&a[b]=2").find("a")->map()->get("b"), "2");
}

TEST(ParseQuery, KeepsEveryPlainValueOfARepeatedName) {
  using Values = std::vector<std::string>;
  EXPECT_EQ(parsed("a=1&b=x&a=2&a=3").all("a"), (Values{"1", "2", "3"}));
  EXPECT_EQ(parsed("a=1").all("a"), (Values{"1"}));
  EXPECT_EQ(parsed("a=1").all("b"), Values());
  EXPECT_EQ(parsed("a=1&a[b]=2").all("a"), Values());
  EXPECT_EQ(parsed("a=1&a[]=2&a=3").all("a"), (Values{"3"}));
}

TEST(ParseQuery, NestsMapsAndLists) {
  const auto params = parsed("a[b][c]=1&a[b][d]=2&l[]=x&l[]=y&m[][k]=v&e%5Bf%5D=3");
  const auto* b = params.find("a")->map()->find("b")->map();
  EXPECT_EQ(b->get("c"), "1");
  EXPECT_EQ(b->get("d"), "2");
  ASSERT_EQ(params.find("l")->list()->size(), 2U);
  EXPECT_EQ(*params.find("l")->list()->at(1).string(), "y");
  EXPECT_EQ(params.find("m")->list()->at(0).map()->get("k"), "v");
  EXPECT_EQ(params.find("e")->map()->get("f"), "3");
  EXPECT_EQ(params.get("a"), std::nullopt);
}

TEST(ParseQuery, TakesBracketsThatNestNothingAsTheyAre) {
  for (const auto* name : {"a[b", "a]b", "a[b]c", "[a]", "a[b]["}) {
    EXPECT_EQ(parsed(std::string(name) + "=1").get(name), "1") << name;
  }
}

TEST(ParseQuery, RefusesWhatCannotBeDecoded) {
  for (const auto* text : {"a=%", "a=%2", "a=%zz", "%C3=1", "a=%FF", "a=%+1"}) {
    const auto params = parse_query(text);
    ASSERT_FALSE(params) << text;
    EXPECT_EQ(params.error().code, actors::Errc::malformed);
  }
}

TEST(ParseQuery, BoundsPairsAndDepth) {
  std::string many;
  for (std::size_t i = 0; i <= kMaxQueryPairs; ++i) many += "a=1&";
  EXPECT_EQ(parse_query(many).error().code, actors::Errc::too_large);
  std::string deep = "a";
  for (std::size_t i = 0; i < kMaxQueryDepth; ++i) deep += "[b]";
  EXPECT_EQ(parse_query(deep + "=1").error().code, actors::Errc::too_large);
}

}  // namespace
}  // namespace coppice::net::http
