#include "app/admin/openapi_routes.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "app/admin/route_docs.hpp"

namespace coppice::app::admin {
namespace {

net::http::Response nothing(const net::http::Request& /*request*/) { return {}; }

TEST(AdminOpenapi, DescribesEachRoute) {
  const net::http::Routes routes{
      net::http::get("/v1/log-level", nothing, described("What is logged")),
      net::http::post("/v1/log-level", nothing,
                      described("Changes it", {.query = {{"level", "a level", true}}})),
  };
  const auto document = boost::json::parse(admin_openapi(routes));
  EXPECT_EQ(document.at("openapi"), "3.1.0");
  const auto& path = document.at("paths").at("/v1/log-level");
  EXPECT_EQ(path.at("get").at("summary"), "What is logged");
  EXPECT_EQ(path.at("post").at("operationId"), "post_log_level");
  const auto& parameter = path.at("post").at("parameters").at(0);
  EXPECT_EQ(parameter.at("name"), "level");
  EXPECT_EQ(parameter.at("required"), true);
}

TEST(AdminOpenapi, NamesWhatIsVariableInAPath) {
  const auto document = boost::json::parse(
      admin_openapi({net::http::get("/v1/crashes/:id", nothing, described("One crash"))}));
  const auto& operation = document.at("paths").at("/v1/crashes/{id}").at("get");
  const auto& parameter = operation.at("parameters").at(0);
  EXPECT_EQ(parameter.at("name"), "id");
  EXPECT_EQ(parameter.at("in"), "path");
}

TEST(AdminOpenapi, DescribesItself) {
  const auto routes =
      with_description({net::http::get("/v1/tree", nothing, described("All actors"))});
  EXPECT_EQ(routes.size(), 2U);
  const auto document = boost::json::parse(admin_openapi(routes));
  EXPECT_TRUE(document.at("paths").as_object().contains("/v1/openapi.json"));
}

}  // namespace
}  // namespace coppice::app::admin
