#include "app/http/openapi.hpp"

#include <set>

#include <gtest/gtest.h>

#include "app/content/content_fixture.hpp"
#include "app/content/permalink.hpp"
#include "app/content/resources.hpp"
#include "app/http/api_schema.hpp"
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
