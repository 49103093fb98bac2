#include "net/http/conditional.hpp"

#include <algorithm>

#include "net/http/date.hpp"

namespace coppice::net::http {
namespace {

std::string_view opaque(std::string_view etag) noexcept {
  return etag.starts_with("W/") ? etag.substr(2) : etag;
}

bool is_read(const Request& request) {
  return request.method == Method::get || request.method == Method::head;
}

std::optional<Response> failed() { return Response::error(Status::precondition_failed); }

Response unchanged(const Validators& validators) {
  auto response = Response::empty(Status::not_modified);
  add_validators(response, validators);
  return response;
}

bool changed_since(const Validators& validators, std::string_view date) {
  const auto since = parse_http_date(date);
  return !since || !validators.modified || *validators.modified > *since;
}

/// The conditions under which something may be done at all.
bool may_proceed(const Request& request, const Validators& validators) {
  if (request.header("if-match")) return matches_etag(request, "if-match", validators.etag);
  const auto since = request.header("if-unmodified-since");
  if (!since || !validators.modified || !parse_http_date(*since)) return true;
  return !changed_since(validators, *since);
}

bool client_has_it(const Request& request, const Validators& validators) {
  if (request.header("if-none-match")) {
    return matches_etag(request, "if-none-match", validators.etag);
  }
  const auto since = request.header("if-modified-since");
  return since && is_read(request) && !changed_since(validators, *since);
}

}  // namespace

std::optional<Response> check_preconditions(const Request& request, const Validators& validators) {
  if (!may_proceed(request, validators)) return failed();
  if (!client_has_it(request, validators)) return std::nullopt;
  return is_read(request) ? unchanged(validators) : failed();
}

void add_validators(Response& response, const Validators& validators) {
  if (!validators.etag.empty()) response.headers.add("etag", validators.etag);
  if (validators.modified) {
    response.headers.add("last-modified", format_http_date(*validators.modified));
  }
}

bool matches_etag(const Request& request, std::string_view header, std::string_view etag) {
  return std::ranges::any_of(request.headers, [header, etag](const Header& field) {
    return equals_ignoring_case(field.name, header) && matches_etag(field.value, etag);
  });
}

bool matches_etag(std::string_view list, std::string_view etag) noexcept {
  if (trim(list) == "*") return !etag.empty();
  if (etag.empty()) return false;
  const auto wanted = opaque(etag);
  while (!list.empty()) {
    // A tag may hold commas, so its quotes are looked for.
    const auto open = list.find('"');
    if (open == std::string_view::npos) return false;
    const auto close = list.find('"', open + 1);
    if (close == std::string_view::npos) return false;
    if (list.substr(open, close + 1 - open) == wanted) return true;
    list.remove_prefix(close + 1);
  }
  return false;
}

}  // namespace coppice::net::http
