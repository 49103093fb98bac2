#include "net/http/range.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include "fuzz/target.hpp"

/// A Range header, for a body of some length.
namespace coppice::fuzz {
namespace {

using net::http::Request;
using net::http::Response;
using net::http::Status;

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i * 7 + i / 26) % 26);
  return text;
}

struct Part {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

Part read_content_range(std::string_view text, std::size_t size) {
  Part part;
  std::string numbers(text.substr(std::string_view("bytes ").size()));
  std::size_t read = 0;
  part.first = std::stoull(numbers, &read);
  numbers.erase(0, read + 1);
  part.last = std::stoull(numbers, &read);
  expect(numbers.substr(read) == "/" + std::to_string(size), "the whole size is told");
  expect(part.first <= part.last && part.last < size, "a part is inside of the whole");
  return part;
}

/// Reads one part of a multipart body off its front, and checks its bytes.
Part take_part(std::string_view& body, const std::string& delimiter, std::string_view whole) {
  expect(body.starts_with(delimiter + "\r\n"), "a part begins with its boundary");
  constexpr std::string_view kField = "content-range: ";
  const auto field = body.find(kField) + kField.size();
  const auto head_end = body.find("\r\n\r\n");
  const auto part = read_content_range(body.substr(field, head_end - field), whole.size());
  const auto size = part.last - part.first + 1;
  body.remove_prefix(head_end + 4);
  expect(body.substr(0, size) == whole.substr(part.first, size), "a part has its bytes");
  body.remove_prefix(size);
  expect(body.starts_with("\r\n"), "a part ends with its line");
  body.remove_prefix(2);
  return part;
}

void check_disjoint(const std::vector<Part>& parts) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      expect(parts[i].last < parts[j].first || parts[j].last < parts[i].first,
             "no byte is sent twice");
    }
  }
}

void check_several(const Response& answer, std::string_view whole) {
  constexpr std::string_view kType = "multipart/byteranges; boundary=";
  const auto type = answer.headers.get("content-type").value_or("");
  expect(type.starts_with(kType), "several parts have their type");
  const auto delimiter = "--" + std::string(type.substr(kType.size()));
  auto body = answer.body.bytes();
  std::vector<Part> parts;
  while (body != delimiter + "--\r\n") parts.push_back(take_part(body, delimiter, whole));
  expect(parts.size() > 1 && parts.size() <= 16, "several parts are some");
  check_disjoint(parts);
}

void check(std::string_view range, std::size_t size) {
  Request request;
  request.headers.add_checked("range", range);
  const auto whole = pattern(size);
  const auto answer =
      part_of(request, Response::of(Status::ok, "text/plain", whole), {.etag = "\"1\""});
  if (answer.status == Status::range_not_satisfiable) return;
  if (answer.status == Status::ok) {
    expect(answer.body == whole, "a range that is ignored leaves the whole");
    return;
  }
  expect(answer.status == Status::partial_content, "there is no other answer");
  const auto single = answer.headers.get("content-range");
  if (!single) return check_several(answer, whole);
  const auto part = read_content_range(*single, size);
  expect(answer.body == std::string_view(whole).substr(part.first, part.last - part.first + 1),
         "the part has its bytes");
}

void run(std::string_view input) {
  for (const std::size_t size : {0U, 1U, 1000U, 20'000U}) check(input, size);
}

const Registration kRegistration("range", run);

}  // namespace
}  // namespace coppice::fuzz
