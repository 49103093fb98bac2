#include "net/http/status.hpp"

namespace coppice::net::http {

std::string_view reason_phrase(Status status) noexcept {
  switch (status) {
    case Status::continue_: return "Continue";
    case Status::switching_protocols: return "Switching Protocols";
    case Status::ok: return "OK";
    case Status::created: return "Created";
    case Status::accepted: return "Accepted";
    case Status::no_content: return "No Content";
    case Status::partial_content: return "Partial Content";
    case Status::moved_permanently: return "Moved Permanently";
    case Status::found: return "Found";
    case Status::see_other: return "See Other";
    case Status::not_modified: return "Not Modified";
    case Status::temporary_redirect: return "Temporary Redirect";
    case Status::permanent_redirect: return "Permanent Redirect";
    case Status::bad_request: return "Bad Request";
    case Status::unauthorized: return "Unauthorized";
    case Status::forbidden: return "Forbidden";
    case Status::not_found: return "Not Found";
    case Status::method_not_allowed: return "Method Not Allowed";
    case Status::not_acceptable: return "Not Acceptable";
    case Status::request_timeout: return "Request Timeout";
    case Status::conflict: return "Conflict";
    case Status::gone: return "Gone";
    case Status::length_required: return "Length Required";
    case Status::precondition_failed: return "Precondition Failed";
    case Status::content_too_large: return "Content Too Large";
    case Status::uri_too_long: return "URI Too Long";
    case Status::unsupported_media_type: return "Unsupported Media Type";
    case Status::range_not_satisfiable: return "Range Not Satisfiable";
    case Status::expectation_failed: return "Expectation Failed";
    case Status::unprocessable_content: return "Unprocessable Content";
    case Status::upgrade_required: return "Upgrade Required";
    case Status::precondition_required: return "Precondition Required";
    case Status::too_many_requests: return "Too Many Requests";
    case Status::header_fields_too_large: return "Request Header Fields Too Large";
    case Status::internal_server_error: return "Internal Server Error";
    case Status::not_implemented: return "Not Implemented";
    case Status::bad_gateway: return "Bad Gateway";
    case Status::service_unavailable: return "Service Unavailable";
    case Status::gateway_timeout: return "Gateway Timeout";
    case Status::http_version_not_supported: return "HTTP Version Not Supported";
    case Status::insufficient_storage: return "Insufficient Storage";
  }
  return "Unknown";
}

Status status_of(actors::Errc code) noexcept {
  using actors::Errc;
  switch (code) {
    case Errc::invalid_argument:
    case Errc::malformed: return Status::bad_request;
    case Errc::unauthorized: return Status::unauthorized;
    case Errc::forbidden: return Status::forbidden;
    case Errc::not_found: return Status::not_found;
    case Errc::conflict: return Status::conflict;
    case Errc::too_large: return Status::content_too_large;
    case Errc::unsupported: return Status::unsupported_media_type;
    case Errc::constraint: return Status::unprocessable_content;
    case Errc::disk_full: return Status::insufficient_storage;
    // Parts that are away for the moment: the request may be tried again.
    case Errc::noproc:
    case Errc::timeout:
    case Errc::down:
    case Errc::overloaded:
    case Errc::cancelled:
    case Errc::restarting:
    case Errc::dropped:
    case Errc::shutting_down:
    case Errc::max_children:
    case Errc::system_limit:
    case Errc::read_only:
    case Errc::busy:
    case Errc::unavailable:
    case Errc::closed: return Status::service_unavailable;
    default: return Status::internal_server_error;
  }
}

}  // namespace coppice::net::http
