#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "app/content/image_codec.hpp"

namespace coppice::app::content {

using Rgba = std::array<std::uint8_t, 4>;

/// An image whose pixel (x, y) is colour(x, y).
template <class Colour>
Bitmap draw(int width_px, int height_px, Colour colour) {
  Bitmap image{.width_px = width_px, .height_px = height_px, .rgba = {}};
  for (int y = 0; y < height_px; ++y) {
    for (int x = 0; x < width_px; ++x) {
      const Rgba pixel = colour(x, y);
      image.rgba.insert(image.rgba.end(), pixel.begin(), pixel.end());
    }
  }
  return image;
}

inline Bitmap plain(int width_px, int height_px, Rgba colour) {
  return draw(width_px, height_px, [colour](int, int) { return colour; });
}

/// A 24-bit BMP file: the one format that needs no library to write.
inline std::string bmp_file(const Bitmap& image) {
  std::string file = "BM";
  const auto number = [&file](std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) file += static_cast<char>((value >> (8 * i)) & 0xFFU);
  };
  const auto width = static_cast<std::uint32_t>(image.width_px);
  const auto height = static_cast<std::uint32_t>(image.height_px);
  const std::uint32_t row_bytes = (width * 3 + 3) / 4 * 4;
  constexpr std::uint32_t kHeaders = 54;
  number(kHeaders + row_bytes * height, 4);
  number(0, 4);
  number(kHeaders, 4);
  number(40, 4);
  number(width, 4);
  number(height, 4);
  number(1, 2);
  number(24, 2);
  for (int i = 0; i < 6; ++i) number(0, 4);
  for (std::uint32_t y = height; y-- > 0;) {  // rows stand upside down
    for (std::uint32_t x = 0; x < width; ++x) {
      const std::size_t at = (std::size_t{y} * width + x) * 4;
      for (const std::size_t channel : {2U, 1U, 0U}) {
        file += static_cast<char>(image.rgba[at + channel]);
      }
    }
    file.append(row_bytes - width * 3, '\0');
  }
  return file;
}

}  // namespace coppice::app::content
