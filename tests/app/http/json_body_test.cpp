#include "app/http/json_body.hpp"

#include <boost/json/object.hpp>
#include <gtest/gtest.h>

namespace coppice::app::http {
namespace {

using actors::Errc;

actors::Result<JsonBody> parse(std::string body, std::string_view type = "application/json") {
  net::http::Request request;
  request.body = std::move(body);
  request.headers.add("content-type", type);
  return JsonBody::parse(request);
}

TEST(JsonBody, GivesItsFields) {
  auto body =
      parse(R"({"a":"x","n":5,"l":["p","q"],"more":{}})", "Application/JSON; charset=utf-8");
  ASSERT_TRUE(body);
  EXPECT_EQ(body->text("a"), "x");
  EXPECT_EQ(body->integer("n", 1), 5);
  EXPECT_EQ(body->integer("m", 1), 1);
  EXPECT_EQ(body->texts("l"), (std::vector<std::string>{"p", "q"}));
  EXPECT_TRUE(body->texts("none").empty());
  EXPECT_TRUE(body->problems().empty());
}

TEST(JsonBody, CollectsWhatIsWrongWithThem) {
  auto body = parse(R"({"a":1,"n":"5","l":["p",1],"m":1.5,"b":null})");
  ASSERT_TRUE(body);
  (void)body->text("a");
  (void)body->text("b");
  (void)body->integer("n", 1);
  (void)body->integer("m", 1);
  (void)body->texts("l");
  EXPECT_EQ(content::to_sentence(body->problems()),
            "a is invalid; b can't be blank; n is invalid; m is invalid; l is invalid");
}

TEST(JsonBody, MayBeMadeOfAnObject) {
  auto body = JsonBody::of({{"a", "x"}});
  EXPECT_EQ(body.text("a"), "x");
}

TEST(JsonBody, GivesAnotherTextForOneThatIsMissing) {
  auto body = parse(R"({"a":"x","b":null,"c":1})");
  ASSERT_TRUE(body);
  EXPECT_EQ(body->text_or("a", "y"), "x");
  EXPECT_EQ(body->text_or("b", "y"), "y");
  EXPECT_EQ(body->text_or("d", "y"), "y");
  EXPECT_TRUE(body->problems().empty());
  (void)body->text_or("c", "y");
  EXPECT_EQ(content::to_sentence(body->problems()), "c is invalid");
}

TEST(JsonBody, MissesANumberThatMustBeThere) {
  auto body = parse(R"({"n":5})");
  ASSERT_TRUE(body);
  EXPECT_EQ(body->integer("n"), 5);
  (void)body->integer("m");
  EXPECT_EQ(content::to_sentence(body->problems()), "m can't be blank");
}

TEST(JsonBody, RefusesFieldsThatAreNotKnown) {
  auto body = parse(R"({"name":"x","nam":"y"})");
  ASSERT_TRUE(body);
  body->refuse_others({"name", "role"});
  EXPECT_EQ(content::to_sentence(body->problems()), "nam is not known");
}

TEST(JsonBody, HasEachMemberOnce) {
  for (const auto* text : {R"({"a":1,"a":2})", R"({"a":{"x":[1]},"b":"\"","\u0061":null})"}) {
    const auto body = parse(text);
    ASSERT_FALSE(body) << text;
    EXPECT_EQ(body.error(), Errc::malformed);
    EXPECT_EQ(body.error().context, R"(the body has the member "a" twice)");
  }
  EXPECT_EQ(parse(R"({"n":1e999,"a":1,"a":2})").error(), Errc::malformed);
  for (const auto* text : {"{}", " { } ", R"({"a":{"b":1},"b":[{"a":1}, 2] , "c" : 3})"}) {
    EXPECT_TRUE(parse(text)) << text;
  }
}

TEST(JsonBody, IsAnObjectOfTheRightType) {
  EXPECT_EQ(parse("{}", "text/plain").error(), Errc::unsupported);
  EXPECT_EQ(parse("{}", "application/jsonx").error(), Errc::unsupported);
  for (const auto* text : {"", "[]", "1", "{", "{}x", "{} {}", "{\"a\":\"\xFF\"}", "nul"}) {
    EXPECT_EQ(parse(text).error(), Errc::malformed) << text;
  }
  EXPECT_EQ(parse(std::string(100'000, '[')).error(), Errc::malformed);
}

}  // namespace
}  // namespace coppice::app::http
