#include <algorithm>
#include <string>
#include <vector>

#include "fuzz/target.hpp"
#include "net/channels/longpoll_body.hpp"
#include "net/encoding.hpp"
#include "net/utf8.hpp"

/// A content type on the first line, the body of a long poll's POST on the rest.
namespace coppice::fuzz {
namespace {

using net::channels::PostedFrame;
using net::channels::read_posted_frames;

constexpr std::string_view kLines = "application/x-ndjson";

std::string as_lines(const std::vector<PostedFrame>& frames) {
  std::string body;
  for (const auto& frame : frames) {
    const bool is_text = frame.kind == PostedFrame::Kind::text;
    body += is_text ? frame.bytes : net::base64_encode(frame.bytes);
    body += "\r\n";  // not a bare \n: of a text that ends in \r that would take it off
  }
  return body;
}

void check_lines(std::string_view input) {
  const auto frames = read_posted_frames(kLines, std::string(input));
  if (!frames) return;
  expect(frames->size() <= net::channels::kMaxPostedLines, "no more lines than there may be");
  for (const auto& frame : *frames) {
    const bool is_text = frame.kind == PostedFrame::Kind::text;
    expect(!is_text || net::is_utf8(frame.bytes), "text is UTF-8");
    expect(!is_text || frame.bytes.starts_with('['), "text is an array");
    expect(!frame.bytes.contains('\n') || !is_text, "a text is one line");
  }
  const auto is_empty = [](const PostedFrame& frame) { return frame.bytes.empty(); };
  if (std::ranges::any_of(*frames, is_empty)) return;  // its line would be passed over
  const auto again = read_posted_frames(kLines, as_lines(*frames));
  expect(again && *again == *frames, "written lines read the same");
}

void run(std::string_view input) {
  check_lines(input);
  const auto content_type = take_line(input);
  const auto frames = read_posted_frames(content_type, std::string(input));
  if (!frames || content_type == kLines) return;
  expect(frames->size() == 1 && frames->front().bytes == input, "any other body is one text");
  expect(net::is_utf8(input), "text is UTF-8");
}

const Registration kRegistration("longpoll", run);

}  // namespace
}  // namespace coppice::fuzz
