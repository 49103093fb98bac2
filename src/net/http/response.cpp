#include "net/http/response.hpp"

#include <charconv>
#include <utility>

#include "net/http/date.hpp"
#include "net/json.hpp"

namespace coppice::net::http {
namespace {

constexpr std::string_view kRetryAfterSeconds = "1";

void append_number(std::string& out, std::size_t number) {
  char digits[20];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
  out.append(std::begin(digits), end);
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  out += value;
  out += "\r\n";
}

bool is_server_error(Status status) { return std::to_underlying(status) >= 500; }

/// Of a content type that needs no check.
Response made(Status status, std::string_view content_type, Body body) {
  Response response{.status = status, .headers = {}, .body = std::move(body)};
  response.headers.add_checked("content-type", content_type);
  return response;
}

Response with_advice(Response response) {
  if (response.status == Status::service_unavailable) {
    response.headers.add("retry-after", kRetryAfterSeconds);
  }
  return response;
}

void append_connection(std::string& out, const Response& response, const Framing& framing) {
  if (response.status == Status::switching_protocols) return;  // has a `connection` of its own
  if (!framing.keep_alive) append_header(out, "connection", "close");
  if (framing.keep_alive && framing.http_1_0) append_header(out, "connection", "keep-alive");
}

}  // namespace

Response Response::json(Status status, Body body) {
  return made(status, "application/json; charset=utf-8", std::move(body));
}

Response Response::text(Status status, Body body) {
  return made(status, "text/plain; charset=utf-8", std::move(body));
}

Response Response::of(Status status, std::string_view content_type, Body body) {
  Response response{.status = status, .headers = {}, .body = std::move(body)};
  response.headers.add("content-type", content_type);
  return response;
}

Response Response::empty(Status status) { return {.status = status, .headers = {}, .body = {}}; }

Response Response::error(Status status) { return error(status, reason_phrase(status)); }

Response Response::error(Status status, std::string_view detail) {
  std::string body = R"({"errors":{"detail":)";
  append_json_string(body, detail);
  body += "}}";
  return json(status, std::move(body));
}

Response Response::error(const actors::Error& error) {
  const auto status = status_of(error.code);
  if (is_server_error(status)) return server_error(error);
  return error.context.empty() ? Response::error(status) : Response::error(status, error.context);
}

Response Response::server_error(const actors::Error& error) {
  const auto status = status_of(error.code);
  return with_advice(
      Response::error(is_server_error(status) ? status : Status::internal_server_error));
}

bool may_have_body(Status status) noexcept {
  return std::to_underlying(status) >= 200 && status != Status::no_content &&
         status != Status::not_modified;
}

void append_head(std::string& out, const Response& response, const Framing& framing) {
  out += "HTTP/1.1 ";
  append_number(out, std::to_underlying(response.status));
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\ndate: ";
  out += http_date();
  out += "\r\n";
  out += response.headers.wire();
  append_connection(out, response, framing);
  if (may_have_body(response.status)) {
    if (const auto size = response.body.size()) {
      out += "content-length: ";
      append_number(out, *size);
      out += "\r\n";
    } else if (!framing.http_1_0) {
      out += "transfer-encoding: chunked\r\n";
    }
  }
  out += "\r\n";
}

void append_response(std::string& out, const Response& response, const Framing& framing) {
  append_head(out, response, framing);
  if (!framing.head_request && may_have_body(response.status)) out += response.body.bytes();
}

}  // namespace coppice::net::http
