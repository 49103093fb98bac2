#include "app/http/openapi.hpp"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "app/content/content_fixture.hpp"
#include "app/content/permalink.hpp"
#include "app/content/resources.hpp"
#include "app/http/routes.hpp"

namespace coppice::app::http {
namespace {

using content::Json;

net::http::Routes all_routes() { return routes({}); }

Json document() {
  return Json(openapi_document(all_routes(), *content::content_catalogue(), "1.0"));
}

TEST(OpenApi, SaysOfFieldsWhatIsDeclared) {
  const Json json = document();
  EXPECT_EQ(json.text("/components/schemas/PostInput/properties/slug/pattern"), "^[a-z0-9_-]+$");
  EXPECT_EQ(json.raw("/components/schemas/PostInput/required"), R"(["title","slug","raw_body"])");
  EXPECT_FALSE(json.has("/components/schemas/PostInput/properties/body"));
  EXPECT_TRUE(json.has("/components/schemas/Post/properties/body"));
  EXPECT_FALSE(json.has("/components/schemas/PostInList/properties/body"));
  EXPECT_EQ(json.raw("/components/schemas/Post/properties/published_at/type"),
            R"(["string","null"])");
  EXPECT_FALSE(json.has("/components/schemas/AssetInput"));
}

TEST(OpenApi, NamesTheSessionsCookieAsItIsCalledHere) {
  const std::string name = "/components/securitySchemes/session/name";
  EXPECT_EQ(document().text(name), "_coppice_session");
  SessionConfig session;
  session.secure = true;
  const Json secure(openapi_document(all_routes(), *content::content_catalogue(), "1.0", session));
  EXPECT_EQ(secure.text(name), "__Host-_coppice_session");
}

/// Every operation of the document, with its method and path.
std::vector<std::pair<std::string, boost::json::object>> operations() {
  const auto root =
      boost::json::parse(openapi_document(all_routes(), *content::content_catalogue(), "1.0"));
  std::vector<std::pair<std::string, boost::json::object>> found;
  for (const auto& path : root.at("paths").as_object()) {
    for (const auto& item : path.value().as_object()) {
      found.emplace_back(std::string(item.key()) + " " + std::string(path.key()),
                         item.value().as_object());
    }
  }
  return found;
}

TEST(OpenApi, SaysOfEveryOperationWhatItAnswers) {
  for (const auto& [name, operation] : operations()) {
    const auto& answers = operation.at("responses").as_object();
    EXPECT_TRUE(operation.contains("operationId")) << name;
    EXPECT_GT(answers.size(), 1U) << name;
    if (operation.contains("requestBody")) {
      EXPECT_TRUE(answers.contains("413")) << name;
      EXPECT_TRUE(answers.contains("400")) << name;
    }
    if (!operation.contains("security")) continue;
    EXPECT_TRUE(answers.contains("401")) << name;
    const bool is_for_every_user = name == "get /api/me";
    EXPECT_NE(answers.contains("403"), is_for_every_user) << name;
  }
}

TEST(OpenApi, SaysOfEveryGoodAnswerWhatItHolds) {
  for (const auto& [name, operation] : operations()) {
    for (const auto& answer : operation.at("responses").as_object()) {
      const auto* content = answer.value().as_object().if_contains("content");
      if (content == nullptr) continue;
      for (const auto& media : content->as_object()) {
        EXPECT_FALSE(media.value().at("schema").as_object().empty()) << name << " " << answer.key();
      }
    }
  }
}

TEST(OpenApi, SaysOfEveryListWhatIsInIt) {
  const std::string text = openapi_document(all_routes(), *content::content_catalogue(), "1.0");
  EXPECT_EQ(text.find(R"("items":{})"), std::string::npos);
  const Json json(text);
  EXPECT_EQ(json.text("/components/schemas/Post/properties/headings/items/properties/level/type"),
            "integer");
}

TEST(OpenApi, SaysOfResultsOfASearchWhatTheirResourcesShow) {
  const Json json = document();
  const std::string hit =
      "/paths/~1api~1search/get/responses/200/content/application~1json/schema/properties/data/"
      "items";
  EXPECT_EQ(json.raw(hit + "/properties/kind/enum"), R"(["post","project"])");
  EXPECT_TRUE(json.has(hit + "/properties/slug"));
  EXPECT_TRUE(json.has(hit + "/properties/url"));
  EXPECT_EQ(json.raw(hit + "/required"), R"(["kind","id","title","snippet"])");
}

TEST(OpenApi, RefersToEveryAnswerThatItDescribes) {
  const std::string text = openapi_document(all_routes(), *content::content_catalogue(), "1.0");
  const auto root = boost::json::parse(text);
  for (const auto& answer : root.at("components").at("responses").as_object()) {
    const std::string reference = "\"#/components/responses/" + std::string(answer.key()) + '"';
    EXPECT_NE(text.find(reference), std::string::npos) << answer.key();
  }
}

/// Whether it is "/api/posts", or below that.
bool is_of(const content::Resource& resource, std::string_view pattern) {
  const std::string all = "/api/" + std::string(resource.name);
  return pattern == all || pattern.starts_with(all + "/");
}

TEST(OpenApi, LetsNobodyButEditorsWriteContent) {
  for (const auto& table : content::content_catalogue()->tables()) {
    const content::Resource& resource = table->resource();
    std::set<net::http::Method> writes;
    for (const auto& route : all_routes()) {
      if (!is_of(resource, route.pattern) || !route.method) continue;
      if (*route.method == net::http::Method::get) continue;
      writes.insert(*route.method);
      ASSERT_FALSE(route.options.through.empty()) << route.pattern;
      EXPECT_EQ(route.options.through.back().name, "editors") << route.pattern;
    }
    EXPECT_EQ(writes.size(), 4U) << resource.name;
  }
}

TEST(Routes, NoneHasAnAddressThatAPostMayHave) {
  for (const auto& route : all_routes()) {
    const std::string_view pattern = route.pattern;
    if (pattern.starts_with("/:")) continue;
    const auto first = pattern.substr(1, pattern.find('/', 1) - 1);
    EXPECT_FALSE(content::is_valid_permalink(first)) << pattern;
  }
}

}  // namespace
}  // namespace coppice::app::http
