#include "app/http/answers.hpp"

#include <algorithm>
#include <cstdint>

#include <spdlog/spdlog.h>

#include "actors/shard.hpp"
#include "app/http/request_scope.hpp"
#include "net/http/conditional.hpp"

namespace coppice::app::http {

using net::http::Request;
using net::http::RequestPtr;
using net::http::Response;
using net::http::Status;

namespace {

std::string id_of(const Request& request) {
  return request.id.empty() ? std::string() : " (request " + request.id + ")";
}

}  // namespace

void report_failure(LogLimit& failure_log, const Request& request, const actors::Error& error) {
  const auto left_out = failure_log.admit(actors::Shard::current()->now());
  if (!left_out) return;
  const LogScope about(lines_about(request));
  SPDLOG_ERROR("{} {} failed: {}{}", to_string(request.method), request.path, error.message(),
               id_of(request));
  if (*left_out > 0) SPDLOG_ERROR("{} more failed requests were not logged", *left_out);
}

void report_failure(const ApiContext& context, const Request& request, const actors::Error& error) {
  report_failure(*context.failure_log, request, error);
}

Response failed(LogLimit& failure_log, const Request& request, const actors::Error& error) {
  report_failure(failure_log, request, error);
  return Response::server_error(error);
}

Response failed(const ApiContext& context, const Request& request, const actors::Error& error) {
  return failed(*context.failure_log, request, error);
}

std::string retry_after(actors::Duration wait) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  return std::to_string(std::max<std::int64_t>(seconds, 1));
}

Response json_or_failed(const ApiContext& context, const Request& request,
                        actors::Result<std::string> json) {
  if (!json) return failed(context, request, json.error());
  return Response::json(Status::ok, std::move(*json));
}

Response invalid_fields(std::string_view fields) {
  return Response::json(Status::unprocessable_content, "{\"errors\":" + std::string(fields) + "}");
}

std::string quoted_etag(std::string_view etag) { return '"' + std::string(etag) + '"'; }

bool names_etag(const Request& request, std::string_view header, std::string_view etag) {
  return net::http::matches_etag(request, header, quoted_etag(etag));
}

bool may_write(const Request& request, std::string_view etag) {
  if (request.header("if-match") && !names_etag(request, "if-match", etag)) return false;
  return !names_etag(request, "if-none-match", etag);
}

net::http::Handler with(Context context, net::Awaitable<Response> (*handle)(Context, RequestPtr)) {
  return [context = std::move(context), handle](RequestPtr request) {
    return handle(context, std::move(request));
  };
}

}  // namespace coppice::app::http
