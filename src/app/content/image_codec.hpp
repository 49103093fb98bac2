#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"

namespace coppice::app::content {

/// A decoded image: rows from the top, four bytes a pixel (red, green, blue, opacity).
struct Bitmap {
  int width_px = 0;
  int height_px = 0;
  std::vector<std::uint8_t> rgba;

  /// Bytes in @p width_px × @p height_px pixels.
  [[nodiscard]] static constexpr std::size_t size_bytes(int width_px, int height_px) {
    return static_cast<std::size_t>(width_px) * static_cast<std::size_t>(height_px) * 4;
  }
};

/// A small file can claim to hold a huge image; this many pixels take 96 MB.
inline constexpr std::int64_t kMaxPixels = 24'000'000;

/// Decodes PNG, JPEG, GIF (its first picture), BMP or WebP, and turns a photograph upright as its
/// Exif orientation says.
///
/// Errors: unsupported (another format), malformed, too_large (over @p max_pixels; found before
/// anything is decoded). Thread: one that may block.
[[nodiscard]] actors::Result<Bitmap> decode_image(std::string_view file,
                                                  std::int64_t max_pixels = kMaxPixels);

/// Encodes as WebP with the given quality (0 to 100), without metadata.
///
/// Errors: too_large beyond WebP's 16,383 pixels a side. Thread: one that may block.
[[nodiscard]] actors::Result<std::string> encode_webp(const Bitmap& image, float quality);

}  // namespace coppice::app::content
