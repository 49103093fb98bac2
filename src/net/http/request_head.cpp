#include "net/http/request_head.hpp"

#include <algorithm>

namespace coppice::net::http {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// What follows the last space of a request line: "HTTP/1.1".
std::string_view version_of(std::string_view request_line) {
  const auto space = request_line.rfind(' ');
  return space == std::string_view::npos ? std::string_view() : request_line.substr(space + 1);
}

bool is_version(std::string_view text) {
  return text.size() == 8 && text.starts_with("HTTP/") && is_digit(text[5]) && text[6] == '.' &&
         is_digit(text[7]);
}

}  // namespace

std::optional<std::size_t> HeadScanner::scan(std::string_view input) {
  // A request starts with its method: anything else, such as a TLS handshake, is no HTTP.
  if (!input.empty() && (input.front() < 'A' || input.front() > 'z')) {
    refuse(Status::bad_request, "the request does not start with a method");
  }
  while (!refusal_) {
    const auto feed = input.find('\n', scanned_);
    if (feed == std::string_view::npos || is_beyond_limits(feed)) break;
    if (feed == line_start_ || input[feed - 1] != '\r') {
      refuse(Status::bad_request, "a line does not end with CR LF");
      break;
    }
    const auto line = input.substr(line_start_, feed - 1 - line_start_);
    if (line.empty()) return feed + 1;
    check_line(line);
    scanned_ = line_start_ = feed + 1;
  }
  scanned_ = input.size();
  if (!refusal_) check_sizes(input);
  return std::nullopt;
}

/// A line that ends there is refused for its length before it is looked at, as it is when its end
/// has not come yet.
bool HeadScanner::is_beyond_limits(std::size_t feed) const noexcept {
  const bool in_first_line = line_start_ == 0;
  return feed >= limits_.max_head_bytes || (in_first_line && feed > limits_.max_target_bytes + 1);
}

void HeadScanner::check_line(std::string_view line) {
  if (line_start_ > 0) {
    if (line.front() == ' ' || line.front() == '\t') {
      refuse(Status::bad_request, "a header is folded over several lines");
    }
    return;
  }
  const auto version = version_of(line);
  if (!is_version(version)) return refuse(Status::bad_request, "the request line is malformed");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    refuse(Status::http_version_not_supported, "only HTTP/1.1 and HTTP/1.0 are served");
  }
}

void HeadScanner::check_sizes(std::string_view input) {
  const auto line_end = limits_.max_target_bytes + 1;  // the CR may be there already
  if (line_start_ == 0 && input.size() > line_end) {
    refuse(Status::uri_too_long, "the request line is too long");
  } else if (input.size() >= limits_.max_head_bytes) {
    refuse(Status::header_fields_too_large, "the headers are too large");
  }
}

void HeadScanner::reset() noexcept {
  line_start_ = scanned_ = 0;
  refusal_.reset();
}

}  // namespace coppice::net::http
