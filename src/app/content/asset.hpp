#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "actors/result.hpp"
#include "app/content/markdown.hpp"
#include "db/statement.hpp"

namespace coppice::app::content {

/// An image as the database holds it.
struct Asset {
  std::string name;  ///< "tree.webp"
  std::string path;  ///< Where it is served, without a host.
  db::Blob data;     ///< WebP.
  int width_px = 0;
  int height_px = 0;
  std::string content_type = "image/webp";
  std::string type = "image";
  std::optional<std::int32_t> lqip_hash;  ///< See lqip.hpp.

  auto fields(this auto& self) {
    return std::tie(self.name, self.path, self.data, self.width_px, self.height_px,
                    self.content_type, self.type, self.lqip_hash);
  }
  friend bool operator==(const Asset&, const Asset&) = default;
};

/// Converts the image file @p file, called @p file_name, to what is stored: WebP of quality 80
/// without metadata, its size, and its placeholder.
///
/// Errors: those of decode_image and encode_webp. Thread: one that may block.
[[nodiscard]] actors::Result<Asset> make_asset(std::string_view file_name, std::string_view file);

/// What a page needs to show @p asset.
[[nodiscard]] ImageInfo image_info(const Asset& asset);

}  // namespace coppice::app::content
