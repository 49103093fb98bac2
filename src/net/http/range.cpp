#include "net/http/range.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "net/http/date.hpp"

namespace coppice::net::http {
namespace {

constexpr std::size_t kMostParts = 16;
/// What lies between two parts costs less than the head of another.
constexpr std::uint64_t kLeastGap = 128;

struct Part {
  std::uint64_t first;
  std::uint64_t last;

  [[nodiscard]] std::uint64_t size() const noexcept { return last - first + 1; }
};
using Parts = std::vector<Part>;

/// "bytes 0-99/1000"
std::string content_range(const Part& part, std::uint64_t whole) {
  return "bytes " + std::to_string(part.first) + "-" + std::to_string(part.last) + "/" +
         std::to_string(whole);
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

enum class Spec : std::uint8_t { malformed, part, nothing_there };

/// Reads "0-99", "100-" or "-50".
Spec read_spec(std::string_view spec, std::uint64_t size, Part& part) {
  const auto dash = spec.find('-');
  if (dash == std::string_view::npos) return Spec::malformed;
  const auto first = number(spec.substr(0, dash));
  const auto last = number(spec.substr(dash + 1));
  if (dash == 0) {
    if (!last) return Spec::malformed;
    if (*last == 0 || size == 0) return Spec::nothing_there;
    part = {size - std::min(*last, size), size - 1};
    return Spec::part;
  }
  if (!first || (!last && dash + 1 < spec.size()) || (last && *last < *first)) {
    return Spec::malformed;
  }
  if (*first >= size) return Spec::nothing_there;
  part = {*first, std::min(last.value_or(size - 1), size - 1)};
  return Spec::part;
}

bool touch(const Part& one, const Part& other) {
  return one.first <= other.last + kLeastGap && other.first <= one.last + kLeastGap;
}

/// Adds a part, together with those that it overlaps or almost touches, in the place of the first
/// of them: so no byte is sent twice, whatever is asked.
void add_part(Parts& parts, Part part) {
  std::optional<std::size_t> place;
  for (std::size_t i = 0; i < parts.size();) {
    if (!touch(parts[i], part)) {
      ++i;
      continue;
    }
    part = {std::min(parts[i].first, part.first), std::max(parts[i].last, part.last)};
    place = std::min(place.value_or(i), i);
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(i));
    i = 0;  // it has grown, and may touch one that it did not
  }
  parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(place.value_or(parts.size())), part);
}

/// The parts that a `range` asks for; none if nothing of what it asks is there. Nothing for a
/// header that is as if it were not there: malformed, of another unit, or of too many parts.
std::optional<Parts> read_range(std::string_view text, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!equals_ignoring_case(text.substr(0, kUnit.size()), kUnit)) return std::nullopt;
  text.remove_prefix(kUnit.size());
  Parts parts;
  std::size_t specs = 0;
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto spec = trim(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
    if (spec.empty()) continue;
    if (++specs > kMostParts) return std::nullopt;
    Part part{};
    const auto read = read_spec(spec, size, part);
    if (read == Spec::malformed) return std::nullopt;
    if (read == Spec::part) add_part(parts, part);
  }
  if (specs == 0) return std::nullopt;
  return parts;
}

/// Whether the client's part is of the state that we have. Only a strong validator can tell.
bool is_current(const Request& request, const Validators& validators) {
  const auto wanted = request.header("if-range");
  if (!wanted) return true;
  if (wanted->starts_with('"')) return *wanted == validators.etag;
  const auto date = parse_http_date(*wanted);
  return date && validators.modified == date;
}

/// A part of what a FileSlice or a FetchedSlice is a part of.
template <class Slice>
Slice cut_slice(Slice slice, const Part& part) {
  slice.offset += part.first;
  slice.size = part.size();
  return slice;
}

Body cut(const Body& body, const Part& part) {
  if (const auto* slice = std::get_if<FileSlice>(&body.source())) return cut_slice(*slice, part);
  if (const auto* slice = std::get_if<FetchedSlice>(&body.source())) return cut_slice(*slice, part);
  return std::string(body.bytes().substr(part.first, part.size()));
}

/// What no part can hold, since nobody knew it when the parts were made.
std::string make_boundary() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::random_device random;
  std::string boundary;
  for (int word = 0; word < 4; ++word) {
    auto bits = random();
    for (int digit = 0; digit < 8; ++digit, bits >>= 4U) boundary += kDigits[bits & 0xFU];
  }
  return boundary;
}

/// A part with what stands in front of it.
struct FramedPart {
  std::string head;
  Part part;
};

/// Several parts as one body of type multipart/byteranges.
struct Multipart {
  std::vector<FramedPart> parts;
  std::string end;
};

Multipart frame(const Parts& parts, const std::string& boundary, std::string_view content_type,
                std::uint64_t whole) {
  Multipart multipart;
  for (const Part& part : parts) {
    std::string head = (multipart.parts.empty() ? "--" : "\r\n--") + boundary + "\r\n";
    if (!content_type.empty()) head += "content-type: " + std::string(content_type) + "\r\n";
    head += "content-range: " + content_range(part, whole) + "\r\n\r\n";
    multipart.parts.push_back({std::move(head), part});
  }
  multipart.end = "\r\n--" + boundary + "--\r\n";
  return multipart;
}

std::string join(const Multipart& multipart, std::string_view whole) {
  std::string body;
  for (const auto& [head, part] : multipart.parts) {
    body += head;
    body += whole.substr(part.first, part.size());
  }
  body += multipart.end;
  return body;
}

Awaitable<bool> write_slice(FileSlice slice, std::shared_ptr<BodyWriter> writer) {
  while (slice.size > 0) {
    std::string piece(std::min<std::uint64_t>(slice.size, FileSlice::kPiece), '\0');
    const auto got = slice.file->read(slice.offset, piece);
    if (!got || *got == 0) co_return false;  // it has become shorter than what we promised
    piece.resize(*got);
    slice.offset += *got;
    slice.size -= *got;
    const bool taken = co_await writer->write(std::move(piece));
    if (!taken) co_return false;
  }
  co_return true;
}

Awaitable<bool> write_parts(Multipart multipart, FileSlice whole,
                            std::shared_ptr<BodyWriter> writer) {
  for (auto& [head, part] : multipart.parts) {
    const bool begun = co_await writer->write(std::move(head));
    if (!begun) co_return false;
    const bool sent = co_await write_slice(cut_slice(whole, part), writer);
    if (!sent) co_return false;
  }
  const bool ended = co_await writer->write(std::move(multipart.end));
  co_return ended;
}

Body several(const Body& body, Multipart multipart) {
  if (const auto* slice = std::get_if<FileSlice>(&body.source())) {
    return BodyStream{std::bind_front(write_parts, std::move(multipart), *slice)};
  }
  return join(multipart, body.bytes());
}

/// Not of what is fetched: each part would be a fetch of its own, however few its bytes.
bool can_be_several(const Body& body) {
  return !std::holds_alternative<FetchedSlice>(body.source());
}

Response nothing_there(std::uint64_t size) {
  auto response = Response::error(Status::range_not_satisfiable);
  response.headers.add("content-range", "bytes */" + std::to_string(size));
  return response;
}

}  // namespace

Response part_of(const Request& request, Response whole, const Validators& validators) {
  const auto size = whole.body.size();
  if (whole.status != Status::ok || !size) return whole;
  whole.headers.add("accept-ranges", "bytes");
  const auto range = request.header("range");
  if (!range || request.method != Method::get || !is_current(request, validators)) return whole;
  const auto parts = read_range(*range, *size);
  if (!parts) return whole;
  if (parts->empty()) return nothing_there(*size);
  if (parts->size() > 1 && !can_be_several(whole.body)) return whole;
  whole.status = Status::partial_content;
  if (parts->size() == 1) {
    whole.headers.add("content-range", content_range(parts->front(), *size));
    whole.body = cut(whole.body, parts->front());
    return whole;
  }
  const auto boundary = make_boundary();
  const std::string type(whole.headers.get("content-type").value_or(""));
  whole.body = several(whole.body, frame(*parts, boundary, type, *size));
  whole.headers.set("content-type", "multipart/byteranges; boundary=" + boundary);
  return whole;
}

}  // namespace coppice::net::http
