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

TEST(OpenApi, LetsNobodyButEditorsWriteContent) {
  std::size_t writes = 0;
  for (const auto& route : all_routes()) {
    const auto* operation = std::any_cast<Operation>(&route.options.docs);
    if (operation == nullptr || !route.method || *route.method == net::http::Method::get) continue;
    ++writes;
    EXPECT_EQ(route.options.through.back().name, "editors") << route.pattern;
  }
  EXPECT_EQ(writes, 16U);
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
