#include "app/http/openapi.hpp"

#include <set>

#include <gtest/gtest.h>

#include "app/content/content_fixture.hpp"
#include "app/http/routes.hpp"

namespace coppice::app::http {
namespace {

using content::Json;

net::http::Routes all_routes() { return routes({.writers = net::http::Pipeline("writers", {})}); }

Json document() { return Json(openapi_document(all_routes(), *content::content_catalogue(), "1")); }

TEST(OpenApi, DescribesEveryRouteOfTheApi) {
  const Json json = document();
  for (const auto& route : all_routes()) {
    if (!route.method || !route.pattern.starts_with("/api/")) continue;
    EXPECT_FALSE(route.options.summary.empty()) << route.pattern;
  }
  EXPECT_EQ(json.text("/openapi"), "3.1.0");
  EXPECT_EQ(json.text("/paths/~1api~1posts/get/operationId"), "list_posts");
  EXPECT_EQ(json.text("/paths/~1api~1posts~1{slug}/get/parameters/0/name"), "slug");
  EXPECT_EQ(json.text("/paths/~1api~1assets/post/operationId"), "upload_asset");
  EXPECT_TRUE(json.has("/paths/~1api~1posts~1{slug}/delete/security"));
  EXPECT_FALSE(json.has("/paths/~1api~1posts/get/security"));
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

TEST(OpenApi, WritesNothingWithoutWriters) {
  for (const auto& route : routes({})) {
    const bool writes = route.method && route.method != net::http::Method::get;
    EXPECT_FALSE(writes) << route.pattern;
  }
}

}  // namespace
}  // namespace coppice::app::http
