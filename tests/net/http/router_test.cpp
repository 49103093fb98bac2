#include "net/http/router.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace coppice::net::http {
namespace {

/// Routes are told apart by their patterns; nothing is called here.
Awaitable<Response> unused(RequestPtr) { co_return Response(); }
Awaitable<UpgradeAnswer> unused_upgrade(RequestPtr) { co_return UpgradeAnswer(); }

Router make_router() {
  return Router({
      get("/", unused),
      get("/api/posts", unused),
      post("/api/posts", unused),
      get("/api/posts/:slug", unused),
      get("/api/posts/latest", unused),
      get("/api/posts/:id<int>/raw", unused),
      get("/api/posts/:slug/comments/:comment<int>", unused),
      get("/assets/*path", unused),
      upgrade("/socket/websocket", unused_upgrade),
  });
}

std::string found(const Router& router, std::string_view path, Method method = Method::get) {
  const auto match = router.find(method, path);
  if (!match) return std::to_string(static_cast<int>(match.error().status));
  auto text = match->route->pattern;
  for (const auto& [name, value] : match->params) {
    text.append(" ").append(name).append("=").append(value);
  }
  return text;
}

TEST(Router, FindsLiteralsAndParameters) {
  const auto router = make_router();
  EXPECT_EQ(found(router, "/"), "/");
  EXPECT_EQ(found(router, "/api/posts"), "/api/posts");
  EXPECT_EQ(found(router, "/api/posts/hello"), "/api/posts/:slug slug=hello");
  EXPECT_EQ(found(router, "/api/posts/7/comments/42"),
            "/api/posts/:slug/comments/:comment<int> slug=7 comment=42");
  EXPECT_EQ(found(router, "/assets/css/site.css"), "/assets/*path path=css/site.css");
}

TEST(Router, PrefersTheMoreSpecificWhateverTheOrder) {
  const auto router = make_router();
  EXPECT_EQ(found(router, "/api/posts/latest"), "/api/posts/latest");
  EXPECT_EQ(found(router, "/api/posts/latest/comments/1"),
            "/api/posts/:slug/comments/:comment<int> slug=latest comment=1");
  EXPECT_EQ(found(router, "/api/posts/7/raw"), "/api/posts/:id<int>/raw id=7");
}

TEST(Router, TakesOnlyWholeNumbersForIntegers) {
  const auto router = make_router();
  EXPECT_EQ(found(router, "/api/posts/-7/raw"), "/api/posts/:id<int>/raw id=-7");
  for (const auto* id : {"seven", "7x", "+7", "1.5", "9223372036854775808", ""}) {
    EXPECT_EQ(found(router, std::string("/api/posts/") + id + "/raw"), "404") << id;
  }
}

TEST(Router, DecodesSegmentsAfterSplitting) {
  const auto router = make_router();
  EXPECT_EQ(found(router, "/api/posts/a%2Fb%20c+d"), "/api/posts/:slug slug=a/b c+d");
  EXPECT_EQ(found(router, "/%61pi/posts"), "/api/posts");
}

TEST(Router, ToleratesATrailingSlash) {
  const auto router = make_router();
  EXPECT_EQ(found(router, "/api/posts/"), "/api/posts");
  EXPECT_EQ(found(router, "/socket/websocket/"), "/socket/websocket");
  EXPECT_EQ(found(router, "/api/posts//"), "404");
}

TEST(Router, AnswersNotFoundInPhoenixsShape) {
  const auto match = make_router().find(Method::get, "/nowhere");
  ASSERT_FALSE(match);
  EXPECT_EQ(match.error().status, Status::not_found);
  EXPECT_EQ(match.error().body, R"({"errors":{"detail":"Not Found"}})");
}

TEST(Router, AnswersMethodNotAllowedWithAllowHeader) {
  const auto match = make_router().find(Method::del, "/api/posts");
  ASSERT_FALSE(match);
  EXPECT_EQ(match.error().status, Status::method_not_allowed);
  EXPECT_EQ(match.error().headers.get("allow"), "GET, HEAD, POST, OPTIONS");
}

TEST(Router, AnswersOptionsWithAllowHeader) {
  const auto match = make_router().find(Method::options, "/api/posts/x");
  ASSERT_FALSE(match);
  EXPECT_EQ(match.error().status, Status::no_content);
  EXPECT_EQ(match.error().headers.get("allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(found(make_router(), "*", Method::options), "204");
}

TEST(Router, ServesHeadByGetAndUpgradesByEveryMethod) {
  const auto router = make_router();
  EXPECT_EQ(found(router, "/api/posts", Method::head), "/api/posts");
  EXPECT_EQ(found(router, "/socket/websocket", Method::post), "/socket/websocket");
}

TEST(Router, RefusesPathsThatCannotBeMeant) {
  const auto router = make_router();
  for (const auto* path : {"/assets/../secret", "/assets/%2e%2E/secret", "/assets/./x", "/a%00b",
                           "/a%zz", "/%FF", "relative"}) {
    EXPECT_EQ(found(router, path), "400") << path;
  }
}

TEST(Router, RefusesAMalformedTable) {
  EXPECT_THROW(Router({get("posts", unused)}), std::invalid_argument);
  EXPECT_THROW(Router({get("/a//b", unused)}), std::invalid_argument);
  EXPECT_THROW(Router({get("/a/:", unused)}), std::invalid_argument);
  EXPECT_THROW(Router({get("/*rest/b", unused)}), std::invalid_argument);
  EXPECT_THROW(Router({get("/a", unused), get("/a", unused)}), std::invalid_argument);
  EXPECT_THROW(Router({get("/a", unused), upgrade("/a", unused_upgrade)}), std::invalid_argument);
}

}  // namespace
}  // namespace coppice::net::http
