#include "app/http/entity_tags.hpp"

#include <gtest/gtest.h>

namespace coppice::app::http {
namespace {

actors::Result<std::optional<EntityTags>> parse(std::string_view value) {
  net::http::Request request;
  request.headers.add("if-match", value);
  return EntityTags::of(request, "if-match");
}

TEST(EntityTags, AreNoneWithoutTheHeader) {
  const auto none = EntityTags::of(net::http::Request(), "if-match");
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
}

TEST(EntityTags, MatchOneOfTheList) {
  const auto tags = parse(R"("1.2" , W/"3.4","")").value().value();
  EXPECT_TRUE(tags.match("1.2"));
  EXPECT_TRUE(tags.match("3.4"));
  EXPECT_FALSE(tags.match("3"));
  EXPECT_EQ(tags.only(), "");
  EXPECT_EQ(parse(R"("1.2")").value().value().only(), "1.2");
}

TEST(EntityTags, MatchEverythingAsAStar) { EXPECT_TRUE(parse("*").value().value().match("x")); }

TEST(EntityTags, NameTheHeaderThatMakesNoSense) {
  for (const char* value :
       {"", "1.2", "\"1.2", "\"1\" \"2\"", "\"1\",", "w/\"1\"", "*,\"1\"", ",", "\"a b\""}) {
    const auto tags = parse(value);
    ASSERT_FALSE(tags) << value;
    EXPECT_NE(tags.error().context.find("if-match"), std::string::npos);
  }
}

}  // namespace
}  // namespace coppice::app::http
