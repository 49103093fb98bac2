#include "app/admin/openapi_routes.hpp"

#include <string>
#include <string_view>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "app/admin/answer_schemas.hpp"
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

TEST(AdminOpenapi, SaysWhatABodyHas) {
  const boost::json::object schema{{"type", "object"}};
  const auto document = boost::json::parse(admin_openapi({
      net::http::post("/v1/users", nothing, described("Makes one", {.body = schema})),
      net::http::post("/v1/backups", nothing, described("Makes one")),
  }));
  const auto& paths = document.at("paths");
  const auto& body = paths.at("/v1/users").at("post").at("requestBody");
  EXPECT_EQ(body.at("content").at("application/json").at("schema"), schema);
  EXPECT_EQ(paths.at("/v1/backups").at("post").as_object().if_contains("requestBody"), nullptr);
}

TEST(AdminOpenapi, SaysWhatIsAnswered) {
  const auto document = boost::json::parse(admin_openapi({
      net::http::get("/v1/version", nothing,
                     described("The version", {.answers = {in_json(schemas::version())}})),
      net::http::get("/v1/logs", nothing,
                     described("Lines", {.answers = {in_lines(schemas::log_line())}})),
      net::http::get("/v1/metrics", nothing,
                     described("Metrics", {.answers = {in_text("For Prometheus."),
                                                       in_json(schemas::metrics())}})),
  }));
  const auto content = [&document](std::string_view path) {
    return document.at("paths").at(path).at("get").at("responses").at("2XX").at("content");
  };
  EXPECT_EQ(content("/v1/version").at("application/json").at("schema"), schemas::version());
  const auto lines = content("/v1/logs").at("application/x-ndjson").at("schema");
  EXPECT_EQ(lines.at("contentSchema"), schemas::log_line());
  EXPECT_EQ(content("/v1/metrics").as_object().size(), 2U);
}

TEST(AdminOpenapi, HasWhateverItRefersTo) {
  const auto document = boost::json::parse(admin_openapi({net::http::get(
      "/v1/tree", nothing,
      described("All actors",
                {.answers = {in_json(schemas::actor_tree()), in_json(schemas::trees_of_nodes()),
                             in_lines(schemas::log_line()), in_lines(schemas::event()),
                             in_lines(schemas::traced_message())}}))}));
  const auto text = boost::json::serialize(document);
  constexpr std::string_view kReference = R"("$ref":"#)";
  std::size_t references = 0;
  for (auto at = text.find(kReference); at != std::string::npos;
       at = text.find(kReference, at + 1)) {
    const auto begin = at + kReference.size();
    const auto pointer = text.substr(begin, text.find('"', begin) - begin);
    boost::system::error_code error;
    EXPECT_NE(document.find_pointer(pointer, error), nullptr) << pointer;
    ++references;
  }
  EXPECT_GT(references, 5U);
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
