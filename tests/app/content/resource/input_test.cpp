#include "app/content/resource/input.hpp"

#include <gtest/gtest.h>

#include "app/content/resources.hpp"

namespace coppice::app::content {
namespace {

using actors::Errc;

Input read(std::string_view body) {
  const auto input = parse_input(posts(), body);
  if (!input) throw std::runtime_error(input.error().message());
  return *input;
}

std::string problems(std::string_view body) { return to_json(read(body).problems); }

TEST(ParseInput, ReadsEveryTypeOfField) {
  const Input input =
      read(R"({"title":"Ä \"b\"","is_draft":true,"published_at":"2025-01-02T03:04:05+02:00",)"
           R"("permalinks":["a","b"],"tags":["z","a","z"],"description":null})");
  EXPECT_TRUE(input.problems.empty()) << to_json(input.problems);
  EXPECT_EQ(input.record.text("title"), "Ä \"b\"");
  EXPECT_TRUE(input.record.truth("is_draft"));
  EXPECT_EQ(input.record.text("published_at"), "2025-01-02T01:04:05");
  EXPECT_EQ(input.record.text("permalinks"), R"(["a","b"])");
  EXPECT_EQ(input.tags, (std::vector<std::string>{"a", "z"}));
  EXPECT_TRUE(input.gives("description"));
  EXPECT_FALSE(input.record.maybe_text("description"));
  EXPECT_FALSE(input.gives("slug"));
}

TEST(ParseInput, NamesFieldsThatAreNone) {
  EXPECT_EQ(problems(R"({"nope":1,"a\"b":[{}]})"),
            R"({"a\"b":["is not a field"],"nope":["is not a field"]})");
}

TEST(ParseInput, RefusesWhatTheServerSets) {
  for (const char* field :
       {"id", "body", "headings", "excerpt", "inserted_at", "updated_at", "reading_time_minutes"}) {
    const std::string name(field);
    EXPECT_EQ(problems("{\"" + name + "\":1}"), "{\"" + name + "\":[\"can't be set\"]}");
  }
}

TEST(ParseInput, RefusesValuesOfAnotherType) {
  for (const char* body : {R"({"title":1})",          R"({"title":["a"]})",
                           R"({"title":null})",       R"({"title":"  "})",
                           R"({"slug":"A b"})",       R"({"slug":""})",
                           R"({"is_draft":"yes"})",   R"({"is_draft":1})",
                           R"({"is_draft":null})",    R"({"published_at":"tomorrow"})",
                           R"({"published_at":5})",   R"({"published_at":"2025-02-30"})",
                           R"({"permalinks":"a"})",   R"({"permalinks":[1]})",
                           R"({"permalinks":null})",  R"({"permalinks":["a","docs"]})",
                           R"({"tags":"a"})",         R"({"tags":[1]})",
                           R"({"tags":[" "]})",       R"({"tags":null})",
                           R"({"title":"a\u0000b"})", R"({"tags":["a\u0000"]})"}) {
    const Input input = read(body);
    EXPECT_EQ(input.problems.size(), 1U) << body << to_json(input.problems);
    EXPECT_TRUE(input.record.empty()) << body;
    EXPECT_FALSE(input.tags) << body;
  }
}

TEST(ParseInput, CountsCharactersNotBytes) {
  std::string text;
  for (int i = 0; i < 255; ++i) text += "ü";
  EXPECT_EQ(problems("{\"title\":\"" + text + "\"}"), "{}");
  EXPECT_EQ(problems("{\"title\":\"" + text + "u\"}"),
            R"_({"title":["should be at most 255 character(s)"]})_");
  EXPECT_NE(problems("{\"tags\":[\"" + text + "u\"]}"), "{}");
}

TEST(ParseInput, RefusesWhatIsNoObject) {
  const std::string deep = "{\"title\":" + std::string(100, '[') + std::string(100, ']') + "}";
  const std::string bodies[] = {"",
                                " ",
                                "null",
                                "[]",
                                "\"x\"",
                                "1",
                                "{",
                                "{\"title\":}",
                                "{}x",
                                "{} {}",
                                "{'a':1}",
                                "{\"a\":1,}",
                                "{a:1}",
                                "\xff",
                                "{\"a\":01}",
                                "{\"title\":\"\xff\"}",
                                "{\"title\":\"\\ud800\"}",
                                deep,
                                "{\"title\":\"a\",\"title\":\"b\"}",
                                "{\"n\":1e999999}",
                                "{\"n\":123456789012345678901234567890}",
                                "\xEF\xBB\xBF{"};
  for (const std::string& body : bodies) {
    const auto input = parse_input(posts(), body);
    ASSERT_FALSE(input) << body;
    EXPECT_EQ(input.error(), Errc::malformed) << body;
    EXPECT_FALSE(input.error().context.empty());
  }
  EXPECT_NE(parse_input(posts(), R"({"a":1,"a":2})").error().context.find("\"a\" twice"),
            std::string::npos);
}

TEST(Complete, FillsInWhatIsNotGivenAndNamesWhatIsNeeded) {
  Input input = read(R"({"slug":"A","title":"t"})");
  complete(posts(), input);
  EXPECT_EQ(to_json(input.problems),
            R"({"raw_body":["can't be blank"],"slug":["must be lowercase alphanumeric with )"
            R"(hyphens or underscores only"]})");
  EXPECT_EQ(*input.record.find("is_draft"), db::Value(std::int64_t{0}));
  EXPECT_EQ(input.record.text("permalinks"), "[]");
  EXPECT_TRUE(input.record.has("published_at"));
  EXPECT_TRUE(input.tags && input.tags->empty());
}

}  // namespace
}  // namespace coppice::app::content
