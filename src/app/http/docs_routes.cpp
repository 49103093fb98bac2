#include "app/http/docs_routes.hpp"

#include <string>
#include <utility>

#include "app/http/api_schema.hpp"
#include "app/http/docs_page.hpp"
#include "app/http/fixed_text.hpp"
#include "app/http/json_schema.hpp"
#include "app/http/openapi.hpp"

namespace coppice::app::http {

namespace {

// The page loads its own style and script, asks for the description, and nothing else.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

Operation description_operation() {
  using json_schema::list_of;
  using json_schema::text;
  const boost::json::object any{{"type", "object"}};
  boost::json::object answer =
      json_answer("OpenAPI 3.1.", json_schema::record({{"openapi", text()},
                                                       {"info", any},
                                                       {"servers", list_of(any)},
                                                       {"tags", list_of(any)},
                                                       {"paths", any},
                                                       {"components", any}}));
  Operation operation;
  operation.object["operationId"] = "describe";
  operation.object["responses"] = answers("200", std::move(answer), {});
  return operation;
}

}  // namespace

net::http::Routes docs_routes(net::http::Routes described,
                              std::shared_ptr<const content::Catalogue> catalogue,
                              std::string_view version, const SessionConfig& session) {
  using net::http::get;
  auto describe = [described = std::move(described), catalogue = std::move(catalogue),
                   version = std::string(version),
                   session] { return openapi_document(described, *catalogue, version, session); };
  return {
      get("/api/openapi.json",
          fixed_text("application/json; charset=utf-8", std::move(describe), kPolicy),
          {.summary = "This description of the API", .docs = description_operation()}),
      get("/docs", embedded_text("text/html; charset=utf-8", docs_page_html(), kPolicy),
          {.summary = "A page that shows the API's description"}),
      get("/docs/page.js", embedded_text("text/javascript; charset=utf-8", docs_page_js(), kPolicy),
          {.summary = "Its script"}),
      get("/docs/page.css", embedded_text("text/css; charset=utf-8", docs_page_css(), kPolicy),
          {.summary = "Its style"}),
  };
}

}  // namespace coppice::app::http
