#include "app/content/asset.hpp"

#include <span>

#include "app/content/image_codec.hpp"
#include "app/content/image_name.hpp"
#include "app/content/lqip.hpp"

namespace coppice::app::content {

namespace {
constexpr float kQuality = 80;
}  // namespace

actors::Result<Asset> make_asset(std::string_view file_name, std::string_view file) {
  const auto image = decode_image(file);
  if (!image) return std::unexpected(image.error());
  const auto data = encode_webp(*image, kQuality);
  if (!data) return std::unexpected(data.error());
  Asset asset;
  asset.name = stored_image_name(file_name);
  asset.path = image_url(asset.name);
  const auto bytes = std::as_bytes(std::span(*data));
  asset.data.assign(bytes.begin(), bytes.end());
  asset.width_px = image->width_px;
  asset.height_px = image->height_px;
  asset.lqip_hash = placeholder_of(*image);
  return asset;
}

ImageInfo image_info(const Asset& asset) {
  return {.url = asset.path,
          .width_px = asset.width_px,
          .height_px = asset.height_px,
          .placeholder = asset.lqip_hash};
}

}  // namespace coppice::app::content
