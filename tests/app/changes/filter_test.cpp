#include "app/changes/filter.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "app/changes/bookmark.hpp"
#include "app/changes/wish.hpp"
#include "app/content/resources.hpp"

namespace coppice::app::changes {
namespace {

using actors::Errc;
using net::channels::Payload;

const content::Table& posts() { return content::posts_table(); }

Wish wish(std::string json) {
  auto parsed = parse_wish(posts(), false, Payload::json(std::move(json)));
  if (!parsed) throw std::runtime_error(parsed.error().message());
  return std::move(*parsed);
}

std::string refusal(std::string json, const content::Table& table = posts()) {
  const auto parsed = parse_wish(table, false, Payload::json(std::move(json)));
  if (parsed) return "taken";
  EXPECT_EQ(parsed.error().code, Errc::invalid_argument);
  return parsed.error().context;
}

Facts facts(std::string_view json) { return Facts::parse(json).value(); }

TEST(Bookmark, IsAPositionOrAPlaceWithinACommit) {
  for (const char* text : {"1765357200.42", "1765357200.42-17", "0.0"}) {
    const auto bookmark = parse_bookmark(text);
    ASSERT_TRUE(bookmark) << text;
    EXPECT_EQ(to_string(*bookmark), text);
  }
  for (const char* text : {"", "1", "1.2-", "1.2-0", "1.2--1", "1.2-x", "1.2-3 ", "-1.2", "1.2.3",
                           "1.99999999999999999999"}) {
    EXPECT_FALSE(parse_bookmark(text)) << text;
  }
}

TEST(Bookmark, APartOfACommitComesBeforeTheWhole) {
  const auto at = [](const char* text) { return parse_bookmark(text).value(); };
  EXPECT_LT(at("1.41"), at("1.42-3"));
  EXPECT_LT(at("1.42-3"), at("1.42-17"));
  EXPECT_LT(at("1.42-17"), at("1.42"));
  EXPECT_LT(at("1.42"), at("2.1"));
}

TEST(Wish, IsWhatTheParametersSay) {
  const auto all = wish(R"({"since":"1.42-3","snapshot":true,
                            "filter":{"tag":["oak","elm"],"slug":"a","is_draft":true}})");
  EXPECT_EQ(to_string(all.since.value()), "1.42-3");
  EXPECT_TRUE(all.snapshot);
  EXPECT_EQ(all.view.filter.tags, (std::vector<std::string>{"oak", "elm"}));
  EXPECT_EQ(all.view.filter.fields, (std::vector<content::FieldIs>{{"slug", std::string("a")},
                                                                   {"is_draft", std::int64_t{1}}}));
  const auto none = wish(R"({"since":null})");
  EXPECT_FALSE(none.since || none.snapshot);
  EXPECT_TRUE(none.view.filter.empty());
}

TEST(Wish, NamesWhatIsWrong) {
  EXPECT_EQ(refusal("[]"), "the parameters must be an object");
  EXPECT_EQ(refusal("{"), "the parameters must be an object");
  EXPECT_EQ(refusal(R"({"sinse":"1.2"})"), "unknown parameter sinse");
  EXPECT_EQ(refusal(R"({"since":7})"), "since must be a string");
  EXPECT_EQ(refusal(R"({"since":"7"})"), "since must be a position such as 1765357200.42");
  EXPECT_EQ(refusal(R"({"snapshot":"yes"})"), "snapshot must be true or false");
  EXPECT_EQ(refusal(R"({"filter":[]})"), "filter must be an object");
  EXPECT_EQ(refusal(R"({"filter":{"title":"x"}})"),
            "there is no filter title; there are tag, slug, is_draft");
  EXPECT_EQ(refusal(R"({"filter":{"is_draft":0}})"), "filter is_draft must be true or false");
  EXPECT_EQ(refusal(R"({"filter":{"slug":null}})"), "filter slug must be a string");
  EXPECT_EQ(refusal(R"({"filter":{"tag":[1]}})"), "filter tag must be a label or a list of labels");
  EXPECT_EQ(refusal(R"({"filter":{"tag":["1","2","3","4","5","6","7","8","9","10","11"]}})"),
            "filter tag: at most 10 tags can be given");
  EXPECT_EQ(refusal(R"({"filter":{"tag":"x"}})", content::assets_table()),
            "filter tag: assets have no tags");
}

TEST(Wish, BytesAreNoParameters) {
  EXPECT_FALSE(parse_wish(posts(), false, Payload::binary("{}")));
}

TEST(Filter, ReadsValuesOfQueryStrings) {
  Filter filter;
  ASSERT_TRUE(add_condition(posts(), "is_draft", std::string("true"), filter));
  ASSERT_TRUE(add_condition(posts(), "tag", std::string("oak"), filter));
  EXPECT_FALSE(add_condition(posts(), "is_draft", std::string("1"), filter));
  EXPECT_TRUE(filter.matches(facts(R"({"is_draft":1,"tags":["elm","oak"]})")));
}

TEST(Filter, MatchesWhatHasAllTagsAndValues) {
  const auto filter = wish(R"({"filter":{"tag":["oak","elm"],"slug":"a"}})").view.filter;
  EXPECT_TRUE(filter.matches(facts(R"({"slug":"a","tags":["elm","oak","ash"]})")));
  EXPECT_FALSE(filter.matches(facts(R"({"slug":"a","tags":["oak"]})")));
  EXPECT_FALSE(filter.matches(facts(R"({"slug":"b","tags":["elm","oak"]})")));
  EXPECT_FALSE(filter.matches(facts(R"({"slug":1})")));
  EXPECT_FALSE(filter.matches(facts("{}")));
}

}  // namespace
}  // namespace coppice::app::changes
