#include "app/content/image_codec.hpp"

#include <climits>
#include <cstring>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <stb/stb_image.h>
#include <webp/decode.h>
#include <webp/encode.h>

#include "app/content/exif.hpp"

namespace coppice::app::content {

namespace {

using actors::Errc;
using actors::fail;

constexpr int kChannels = 4;

struct StbFree {
  void operator()(stbi_uc* pixels) const noexcept { stbi_image_free(pixels); }
};

struct WebpFree {
  void operator()(std::uint8_t* bytes) const noexcept { WebPFree(bytes); }
};

struct Size {
  int width_px = 0;
  int height_px = 0;
};

const std::uint8_t* bytes_of(std::string_view file) {
  return reinterpret_cast<const std::uint8_t*>(file.data());
}

bool is_webp(std::string_view file) {
  return file.size() >= 12 && file.starts_with("RIFF") && file.substr(8, 4) == "WEBP";
}

/// What the file's header claims.
std::optional<Size> claimed_size(std::string_view file) {
  Size size;
  if (is_webp(file)) {
    if (WebPGetInfo(bytes_of(file), file.size(), &size.width_px, &size.height_px) == 0) {
      return std::nullopt;
    }
    return size;
  }
  int channels = 0;
  if (stbi_info_from_memory(bytes_of(file), static_cast<int>(file.size()), &size.width_px,
                            &size.height_px, &channels) == 0) {
    return std::nullopt;
  }
  return size;
}

Bitmap empty_bitmap(Size size) {
  return {.width_px = size.width_px,
          .height_px = size.height_px,
          .rgba = std::vector<std::uint8_t>(Bitmap::size_bytes(size.width_px, size.height_px))};
}

actors::Result<Bitmap> decode_webp(std::string_view file, Size size) {
  Bitmap image = empty_bitmap(size);
  if (WebPDecodeRGBAInto(bytes_of(file), file.size(), image.rgba.data(), image.rgba.size(),
                         size.width_px * kChannels) == nullptr) {
    return fail(Errc::malformed, "the WebP data is broken");
  }
  return image;
}

actors::Result<Bitmap> decode_other(std::string_view file) {
  Size size;
  int channels = 0;
  const std::unique_ptr<stbi_uc, StbFree> pixels(
      stbi_load_from_memory(bytes_of(file), static_cast<int>(file.size()), &size.width_px,
                            &size.height_px, &channels, kChannels));
  if (!pixels) return fail(Errc::malformed, fmt::format("broken image: {}", stbi_failure_reason()));
  Bitmap image = empty_bitmap(size);
  std::memcpy(image.rgba.data(), pixels.get(), image.rgba.size());
  return image;
}

/// Where the pixel that belongs at (x, y) of the upright image stands in the stored one. Exif
/// numbers the eight ways in which a camera can have been held.
struct Turn {
  bool transpose = false;
  bool mirror_x = false;  ///< of the stored image
  bool mirror_y = false;
};

Turn turn_of(int orientation) {
  switch (orientation) {
    case 2: return {.mirror_x = true};
    case 3: return {.mirror_x = true, .mirror_y = true};
    case 4: return {.mirror_y = true};
    case 5: return {.transpose = true};
    case 6: return {.transpose = true, .mirror_y = true};
    case 7: return {.transpose = true, .mirror_x = true, .mirror_y = true};
    case 8: return {.transpose = true, .mirror_x = true};
    default: return {};
  }
}

Bitmap upright(Bitmap stored, int orientation) {
  if (orientation == 1) return stored;
  const Turn turn = turn_of(orientation);
  Bitmap image = empty_bitmap(turn.transpose ? Size{stored.height_px, stored.width_px}
                                             : Size{stored.width_px, stored.height_px});
  std::uint8_t* to = image.rgba.data();
  for (int y = 0; y < image.height_px; ++y) {
    for (int x = 0; x < image.width_px; ++x, to += kChannels) {
      int from_x = turn.transpose ? y : x;
      int from_y = turn.transpose ? x : y;
      if (turn.mirror_x) from_x = stored.width_px - 1 - from_x;
      if (turn.mirror_y) from_y = stored.height_px - 1 - from_y;
      const std::size_t from = Bitmap::size_bytes(stored.width_px, from_y) +
                               static_cast<std::size_t>(from_x) * kChannels;
      std::memcpy(to, stored.rgba.data() + from, kChannels);
    }
  }
  return image;
}

}  // namespace

actors::Result<Bitmap> decode_image(std::string_view file, std::int64_t max_pixels) {
  if (file.size() > INT_MAX) return fail(Errc::too_large, "the file is too large");
  const auto size = claimed_size(file);
  if (!size || size->width_px <= 0 || size->height_px <= 0) {
    return fail(Errc::unsupported, "it is not a PNG, JPEG, GIF, BMP or WebP image");
  }
  const std::int64_t pixels = std::int64_t{size->width_px} * size->height_px;
  if (pixels > max_pixels) {
    return fail(Errc::too_large, fmt::format("{} × {} pixels are more than the {} allowed",
                                             size->width_px, size->height_px, max_pixels));
  }
  if (is_webp(file)) return decode_webp(file, *size);
  auto image = decode_other(file);
  if (!image) return image;
  return upright(std::move(*image), exif_orientation(file));
}

actors::Result<std::string> encode_webp(const Bitmap& image, float quality) {
  if (image.width_px > WEBP_MAX_DIMENSION || image.height_px > WEBP_MAX_DIMENSION) {
    return fail(Errc::too_large, fmt::format("{} × {} pixels; WebP allows {} a side",
                                             image.width_px, image.height_px, WEBP_MAX_DIMENSION));
  }
  std::uint8_t* encoded = nullptr;
  const std::size_t size = WebPEncodeRGBA(image.rgba.data(), image.width_px, image.height_px,
                                          image.width_px * kChannels, quality, &encoded);
  const std::unique_ptr<std::uint8_t, WebpFree> owned(encoded);
  if (size == 0) return fail(Errc::internal, "the image could not be encoded");
  return std::string(reinterpret_cast<const char*>(encoded), size);
}

}  // namespace coppice::app::content
