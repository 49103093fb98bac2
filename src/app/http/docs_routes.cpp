#include "app/http/docs_routes.hpp"

#include <memory>
#include <string>

#include "app/http/docs_page.hpp"
#include "app/http/openapi.hpp"
#include "db/digest.hpp"
#include "net/http/conditional.hpp"

namespace coppice::app::http {

namespace {

using net::http::PlainHandler;
using net::http::Request;
using net::http::Response;
using net::http::Status;

// The page loads its own style and script, asks for the description, and nothing else.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Answers with one text, which every answer shares.
PlainHandler fixed(std::string_view content_type, std::string text) {
  const net::http::Validators validators{.etag = '"' + db::sha256_of(text).substr(0, 32) + '"'};
  auto bytes = std::make_shared<const std::string>(std::move(text));
  return [content_type = std::string(content_type), validators, bytes](const Request& request) {
    auto unchanged = net::http::check_preconditions(request, validators);
    auto response =
        unchanged ? std::move(*unchanged) : Response::of(Status::ok, content_type, bytes);
    if (!unchanged) net::http::add_validators(response, validators);
    response.headers.add("cache-control", "no-cache");
    response.headers.add("content-security-policy", kPolicy);
    return response;
  };
}

}  // namespace

net::http::Routes docs_routes(const net::http::Routes& described,
                              const content::Catalogue& catalogue, std::string_view version) {
  using net::http::get;
  return {
      get("/api/openapi.json",
          fixed("application/json; charset=utf-8", openapi_document(described, catalogue, version)),
          {.summary = "This description of the API"}),
      get("/docs", fixed("text/html; charset=utf-8", std::string(docs_page_html())),
          {.summary = "A page that shows the API's description"}),
      get("/docs/page.js", fixed("text/javascript; charset=utf-8", std::string(docs_page_js())),
          {.summary = "Its script"}),
      get("/docs/page.css", fixed("text/css; charset=utf-8", std::string(docs_page_css())),
          {.summary = "Its style"}),
  };
}

}  // namespace coppice::app::http
