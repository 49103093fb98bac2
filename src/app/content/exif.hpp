#pragma once

#include <string_view>

namespace coppice::app::content {

/// The Exif orientation (1 to 8) of a JPEG file: how its picture has to be turned and mirrored to
/// stand upright. 1, which is upright, when the file says nothing or is not a JPEG.
[[nodiscard]] int exif_orientation(std::string_view jpeg) noexcept;

}  // namespace coppice::app::content
