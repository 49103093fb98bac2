#include "net/http/range.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "net/http/date.hpp"

namespace coppice::net::http {
namespace {

struct Part {
  std::uint64_t first;
  std::uint64_t last;
};

enum class Asked : std::uint8_t { whole, part, nothing_there };

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

/// Reads "bytes=0-99", "bytes=100-" or "bytes=-50". What is malformed is as if it were not there.
Asked read_range(std::string_view text, std::uint64_t size, Part& part) {
  constexpr std::string_view kUnit = "bytes=";
  if (!equals_ignoring_case(text.substr(0, kUnit.size()), kUnit)) return Asked::whole;
  const auto spec = trim(text.substr(kUnit.size()));
  const auto dash = spec.find('-');
  if (dash == std::string_view::npos || spec.contains(',')) return Asked::whole;
  const auto first = number(spec.substr(0, dash));
  const auto last = number(spec.substr(dash + 1));
  if (dash == 0) {
    if (!last) return Asked::whole;
    if (*last == 0 || size == 0) return Asked::nothing_there;
    part = {size - std::min(*last, size), size - 1};
    return Asked::part;
  }
  if (!first || (!last && dash + 1 < spec.size()) || (last && *last < *first)) return Asked::whole;
  if (*first >= size) return Asked::nothing_there;
  part = {*first, std::min(last.value_or(size - 1), size - 1)};
  return Asked::part;
}

/// Whether the client's part is of the state that we have. Only a strong validator can tell.
bool is_current(const Request& request, const Validators& validators) {
  const auto wanted = request.header("if-range");
  if (!wanted) return true;
  if (wanted->starts_with('"')) return *wanted == validators.etag;
  const auto date = parse_http_date(*wanted);
  return date && validators.modified == date;
}

Body cut(const Body& body, const Part& part) {
  const auto size = part.last - part.first + 1;
  if (const auto* slice = std::get_if<FileSlice>(&body.source())) {
    return FileSlice{slice->file, slice->offset + part.first, size};
  }
  return std::string(body.bytes().substr(part.first, size));
}

}  // namespace

Response part_of(const Request& request, Response whole, const Validators& validators) {
  const auto size = whole.body.size();
  if (whole.status != Status::ok || !size) return whole;
  whole.headers.add("accept-ranges", "bytes");
  const auto range = request.header("range");
  if (!range || request.method != Method::get || !is_current(request, validators)) return whole;
  Part part{};
  const auto asked = read_range(*range, *size, part);
  if (asked == Asked::whole) return whole;
  if (asked == Asked::nothing_there) {
    auto response = Response::error(Status::range_not_satisfiable);
    response.headers.add("content-range", "bytes */" + std::to_string(*size));
    return response;
  }
  whole.status = Status::partial_content;
  whole.headers.add("content-range", "bytes " + std::to_string(part.first) + "-" +
                                         std::to_string(part.last) + "/" + std::to_string(*size));
  whole.body = cut(whole.body, part);
  return whole;
}

}  // namespace coppice::net::http
