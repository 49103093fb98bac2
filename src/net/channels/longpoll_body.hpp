#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"

namespace coppice::net::channels {

/// One frame that a client has posted.
struct PostedFrame {
  enum class Kind : std::uint8_t { text, binary };

  Kind kind;
  std::string bytes;

  friend bool operator==(const PostedFrame&, const PostedFrame&) = default;
};

inline constexpr std::size_t kMaxPostedLines = 100;
inline constexpr std::size_t kMaxPostedLineCharacters = 10'000'000;  ///< Of base64.

/// The frames of a long poll's POST. With the content type `application/x-ndjson`, exactly, each
/// line is one: text if it starts with `[`, else base64 of a binary one. Lines beyond the first 100
/// are dropped, empty ones ignored. With any other content type the body is one text frame.
///
/// Errors: `malformed` for text that is not UTF-8 and for lines that are neither; then nothing of
/// the body may be handled.
[[nodiscard]] actors::Result<std::vector<PostedFrame>> read_posted_frames(
    std::string_view content_type, std::string body);

}  // namespace coppice::net::channels
