#include "app/http/resource_routes.hpp"

#include <algorithm>

#include "app/content/list_request.hpp"
#include "app/content/resource/field_error.hpp"
#include "app/content/resource/find_record.hpp"
#include "app/content/resource/plan_write.hpp"
#include "app/content/resource/read_list.hpp"
#include "app/http/api_schema.hpp"
#include "app/http/list_parameters.hpp"
#include "app/http/viewer.hpp"
#include "app/http/write_request.hpp"
#include "app/tracing/request_trace.hpp"
#include "net/http/percent.hpp"

namespace coppice::app::http {

namespace {

using actors::Errc;
using actors::fail;
using actors::Result;
using content::Table;
using content::UpdateKind;
using net::Awaitable;
using net::http::Request;
using net::http::RequestPtr;
using net::http::Response;
using net::http::Status;

constexpr std::size_t kMaxBodyBytes = std::size_t{2} << 20U;

using TableHandler = Awaitable<Response> (*)(Context, const Table*, RequestPtr);

net::http::Handler handler(const Context& context, const Table& table, TableHandler handle) {
  return [context, table = &table, handle](RequestPtr request) {
    return handle(context, table, std::move(request));
  };
}

/// The last parameter of the path, whatever the resource calls it.
std::string address_of(const Request& request) { return request.path_params.back().second; }

std::string address_parameter(const content::Resource& resource) {
  const bool named = resource.address != content::Address::id;
  return std::string(named ? resource.named_by : "id");
}

// -- reading -------------------------------------------------------------------------------------

/// What everybody sees may be kept by everybody, but has to be asked for again each time.
void add_caching(const Request& request, const Table& table, std::string_view etag,
                 Response& response) {
  response.headers.add("etag", quoted_etag(etag));
  const bool is_private = request.assigns.get<Viewer>() != nullptr;
  response.headers.add("cache-control", is_private ? "private, no-cache" : "no-cache");
  if (table.hides_some()) {
    response.headers.add("vary", "authorization, cookie");
  }
}

Response document(const Request& request, const Table& table, std::string_view etag,
                  std::string json) {
  const bool unchanged = names_etag(request, "if-none-match", etag);
  auto response = unchanged ? Response::empty(Status::not_modified)
                            : Response::json(Status::ok, std::move(json));
  add_caching(request, table, etag, response);
  return response;
}

Awaitable<Response> list(Context context, const Table* table, RequestPtr request) {
  auto wanted = list_request(*table, *request);
  if (!wanted) co_return Response::error(wanted.error());
  auto read = [table, request, wanted = std::move(*wanted)](db::Connection& db) {
    return content::read_list(db, *table, wanted, [&request](std::string_view etag) {
      return names_etag(*request, "if-none-match", etag);
    });
  };
  const tracing::ScopedSpan span(*request, "read");
  auto page = co_await context->database.async_read(std::move(read), kReadTimeout, kAwait);
  if (!page) co_return failed(*context, *request, page.error());
  co_return document(*request, *table, page->etag, std::move(page->json));
}

Awaitable<Response> show(Context context, const Table* table, RequestPtr request) {
  if (auto known = QueryParameters(*request).allow_only({}); !known) {
    co_return Response::error(known.error());
  }
  auto read = [table, address = address_of(*request),
               hidden_too = viewer_of(*request).sees_hidden](db::Connection& db) {
    return content::show_record(db, *table, address, hidden_too);
  };
  const tracing::ScopedSpan span(*request, "read");
  auto record = co_await context->database.async_read(std::move(read), kReadTimeout, kAwait);
  if (!record) co_return failed(*context, *request, record.error());
  if (!*record) co_return Response::error(Status::not_found);
  co_return document(*request, *table, (*record)->etag, std::move((*record)->json));
}

// -- writing -------------------------------------------------------------------------------------

bool is_json_or_patch(const Request& request) {
  const auto type = request.header("content-type").value_or("");
  const auto essence = net::http::without_parameters(type);
  return net::http::equals_ignoring_case(essence, "application/json") ||
         net::http::equals_ignoring_case(essence, "application/merge-patch+json");
}

/// What was sent, or the answer to it.
std::expected<content::Input, Response> input_of(const Table& table, const Request& request) {
  if (auto known = QueryParameters(request).allow_only({}); !known) {
    return std::unexpected(Response::error(known.error()));
  }
  if (!is_json_or_patch(request)) {
    return std::unexpected(
        Response::error(Status::unsupported_media_type, "content-type must be application/json"));
  }
  auto input = content::parse_input(table.resource(), request.body);
  if (!input) return std::unexpected(Response::error(input.error()));
  return std::move(*input);
}

/// The conditions of the headers; none without them.
content::Precondition precondition_of(const RequestPtr& request) {
  if (!request->header("if-match") && !request->header("if-none-match")) return {};
  return [request](std::string_view etag) { return may_write(*request, etag); };
}

Response written(const Table& table, const content::WrittenRecord& record, Status status) {
  auto response = Response::json(status, record.json);
  response.headers.add("etag", quoted_etag(record.etag));
  if (status == Status::created) {
    response.headers.add("location", "/api/" + std::string(table.resource().name) + "/" +
                                         net::http::percent_encode(record.name));
  }
  return response;
}

Response answer_write(const ApiContext& context, const Request& request, const Table& table,
                      const Result<std::string>& reply, Status status) {
  if (!reply) return write_refused(context, request, reply.error());
  const auto record = db::from_bytes<content::WrittenRecord>(*reply);
  if (!record) return failed(context, request, record.error());
  return written(table, *record, status);
}

template <class C>
Result<std::string> encoded(const Result<C>& command) {
  if (!command) return std::unexpected(command.error());
  return db::to_bytes(*command);
}

Result<WriteArguments> create_arguments(const Table& table, content::Input input) {
  if (table.resource().derive == nullptr) {
    return encoded(content::plan_plain_create(table, std::move(input)));
  }
  return [&table, input = std::move(input)](db::Connection& db) {
    return encoded(content::plan_create(db, table, input));
  };
}

Awaitable<Response> create(Context context, const Table* table, RequestPtr request) {
  auto input = input_of(*table, *request);
  if (!input) co_return std::move(input.error());
  auto key = idempotency_key(*request);
  if (!key) co_return Response::error(key.error());
  auto arguments = create_arguments(*table, std::move(*input));
  if (!arguments) co_return write_refused(*context, *request, arguments.error());
  WriteRequest write{std::string(content::CreateRecord::kName), *std::move(arguments),
                     std::move(*key), request->target + '\n' + request->body};
  const auto reply = co_await run_write(context, request, std::move(write));
  co_return answer_write(*context, *request, *table, reply, Status::created);
}

Awaitable<Response> update(Context context, const Table* table, RequestPtr request) {
  const bool patch = request->method == net::http::Method::patch;
  auto input = input_of(*table, *request);
  if (!input) co_return std::move(input.error());
  auto key = patch ? idempotency_key(*request) : Result<std::string>(std::string());
  if (!key) co_return Response::error(key.error());
  auto plan = [table, address = address_of(*request), input = std::move(*input),
               kind = patch ? UpdateKind::patch : UpdateKind::replace,
               precondition = precondition_of(request)](db::Connection& db) {
    return encoded(content::plan_update(db, *table, address, input, kind, precondition));
  };
  WriteRequest write{std::string(content::UpdateRecord::kName), std::move(plan), std::move(*key),
                     request->target + '\n' + request->body};
  const auto reply = co_await run_write(context, request, std::move(write));
  co_return answer_write(*context, *request, *table, reply, Status::ok);
}

Awaitable<Response> remove(Context context, const Table* table, RequestPtr request) {
  if (auto known = QueryParameters(*request).allow_only({}); !known) {
    co_return Response::error(known.error());
  }
  auto plan = [table, address = address_of(*request),
               precondition = precondition_of(request)](db::Connection& db) {
    return encoded(content::plan_delete(db, *table, address, precondition));
  };
  WriteRequest write{std::string(content::DeleteRecord::kName), std::move(plan), {}, {}};
  const auto reply = co_await run_write(context, request, std::move(write));
  if (!reply) co_return write_refused(*context, *request, reply.error());
  co_return Response::empty(Status::no_content);
}

}  // namespace

net::http::Routes resource_routes(const Context& context, const Table& table,
                                  const std::optional<net::http::Pipeline>& writers) {
  const content::Resource& resource = table.resource();
  const std::string all = "/" + std::string(resource.name);
  const std::string one = all + "/:" + address_parameter(resource);
  const std::string singular(resource.singular);
  const bool vowel = std::string_view("aeiou").contains(singular.front());
  const std::string a_record = (vowel ? "an " : "a ") + singular;
  std::vector<net::http::Route> routes = {
      net::http::get(all, handler(context, table, list),
                     {.summary = list_summary(resource), .docs = list_operation(table)}),
      net::http::get(one, handler(context, table, show),
                     {.summary = "One " + singular, .docs = show_operation(table)}),
  };
  if (!writers) return routes;
  const auto options = [&](std::string summary, Operation operation) {
    return net::http::RouteOptions{.summary = std::move(summary),
                                   .through = {*writers},
                                   .max_body_bytes = kMaxBodyBytes,
                                   .docs = std::move(operation)};
  };
  if (resource.created_from_json) {
    routes.push_back(net::http::post(all, handler(context, table, create),
                                     options("Creates " + a_record, create_operation(table))));
    routes.push_back(net::http::put(one, handler(context, table, update),
                                    options("Replaces " + a_record, replace_operation(table))));
  }
  routes.push_back(net::http::patch(one, handler(context, table, update),
                                    options("Changes " + a_record, patch_operation(table))));
  routes.push_back(net::http::del(one, handler(context, table, remove),
                                  options("Deletes " + a_record, delete_operation(table))));
  return routes;
}

}  // namespace coppice::app::http
