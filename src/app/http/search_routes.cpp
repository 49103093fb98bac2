#include "app/http/search_routes.hpp"

#include <boost/json/array.hpp>

#include "app/content/resources.hpp"
#include "app/content/search.hpp"
#include "app/http/api_schema.hpp"
#include "app/http/list_parameters.hpp"
#include "app/tracing/request_trace.hpp"

namespace coppice::app::http {

namespace {

using boost::json::array;
using net::Awaitable;
using net::http::RequestPtr;
using net::http::Response;

Awaitable<Response> search(Context context, RequestPtr request) {
  auto wanted = search_request(*request);
  if (!wanted) co_return Response::error(wanted.error());
  auto read = [wanted = std::move(*wanted),
               catalogue = context->catalogue](db::Connection& connection) {
    return content::search(connection, *catalogue, wanted);
  };
  const tracing::ScopedSpan span(*request, "read");
  auto body = co_await context->database.async_read(std::move(read), kReadTimeout, kAwait);
  co_return json_or_failed(*context, *request, std::move(body));
}

Operation search_operation(const content::Catalogue& catalogue) {
  boost::json::object schema = page_of(search_hit_schema(catalogue));
  Operation operation;
  operation.object["operationId"] = "search";
  operation.object["tags"] = array{"search"};
  operation.object["parameters"] =
      array{query_parameter("q",
                            "Whatever one types: words, \"phrases\", prefix*, & | !, title:word, "
                            "NEAR(one two, 5). What makes no sense is passed over.",
                            true),
            reference("parameters", "Limit"), reference("parameters", "Cursor")};
  operation.object["responses"] =
      answers("200", json_answer("The best matches first.", std::move(schema)), {"400"});
  return operation;
}

}  // namespace

net::http::Routes search_routes(const Context& context, const content::Catalogue& catalogue) {
  return {net::http::get("/search", with(context, search),
                         {.summary = "Records that match a query, the best first",
                          .docs = search_operation(catalogue)})};
}

}  // namespace coppice::app::http
