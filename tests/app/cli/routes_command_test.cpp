#include "app/cli/routes_command.hpp"

#include <gtest/gtest.h>

namespace coppice::app::cli {
namespace {

using net::http::Request;
using net::http::Response;
using net::http::Routes;

Response unused(const Request&) { return {}; }

Routes table() {
  using net::http::get;
  using net::http::post;
  using net::http::scope;
  const net::http::Plug editor{.name = "editor"};
  return {
      get("/health", unused, {.summary = "Is it well"}),
      scope("/api", {{"api", {}}},
            {post("/posts", unused, {.through = {editor}, .max_body_bytes = 100})}),
      net::http::upgrade("/socket", {}),
  };
}

TEST(RoutesCommand, PrintsATableThatLinesUp) {
  EXPECT_EQ(render_routes(table()),
            "METHOD   PATH        THROUGH      SUMMARY\n"
            "GET      /health     -            Is it well\n"
            "POST     /api/posts  api, editor\n"
            "ANY      /socket     -\n");
}

TEST(RoutesCommand, PrintsJson) {
  EXPECT_EQ(routes_json(table()),
            R"([{"method":"GET","path":"/health","through":[],"summary":"Is it well",)"
            R"("max_body_bytes":null},{"method":"POST","path":"/api/posts","through":["api",)"
            R"("editor"],"summary":"","max_body_bytes":100},{"method":"ANY","path":"/socket",)"
            R"("through":[],"summary":"","max_body_bytes":null}])");
}

}  // namespace
}  // namespace coppice::app::cli
