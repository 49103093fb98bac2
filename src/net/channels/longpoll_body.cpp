#include "net/channels/longpoll_body.hpp"

#include <utility>

#include "net/encoding.hpp"
#include "net/utf8.hpp"

namespace coppice::net::channels {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;
using Kind = PostedFrame::Kind;

constexpr std::string_view kLines = "application/x-ndjson";

/// Takes the next line off the front of @p text, without its end.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

Result<PostedFrame> read_text(std::string text) {
  if (!is_utf8(text)) return fail(Errc::malformed, "text is not UTF-8");
  return PostedFrame{Kind::text, std::move(text)};
}

Result<PostedFrame> read_line(std::string_view line) {
  if (line.starts_with('[')) return read_text(std::string(line));
  auto bytes = line.size() <= kMaxPostedLineCharacters ? base64_decode(line) : std::nullopt;
  if (!bytes) return fail(Errc::malformed, "a line is neither JSON nor base64");
  return PostedFrame{Kind::binary, *std::move(bytes)};
}

}  // namespace

Result<std::vector<PostedFrame>> read_posted_frames(std::string_view content_type,
                                                    std::string body) {
  std::vector<PostedFrame> frames;
  if (content_type != kLines) {
    auto frame = read_text(std::move(body));
    if (!frame) return std::unexpected(std::move(frame.error()));
    frames.push_back(*std::move(frame));
    return frames;
  }
  std::string_view rest = body;
  while (!rest.empty() && frames.size() < kMaxPostedLines) {
    const auto line = take_line(rest);
    if (line.empty()) continue;
    auto frame = read_line(line);
    if (!frame) return std::unexpected(std::move(frame.error()));
    frames.push_back(*std::move(frame));
  }
  return frames;
}

}  // namespace coppice::net::channels
