#pragma once

#include <cstdint>
#include <optional>

#include "app/content/image_codec.hpp"

namespace coppice::app::content {

/// The colour placeholder of an image in 20 bits, less 2^19, so that a style sheet can unpack it
/// from one number (leanrada.com/notes/css-only-lqip). From the highest bit: six cells of a 3×2
/// grid, row by row, two bits each (brightness relative to the base colour), then the base colour
/// in Oklab: two bits L, three bits a, three bits b.
///
/// Nothing for an image that isn't opaque all over: what shows through is the page's.
[[nodiscard]] std::optional<std::int32_t> placeholder_of(const Bitmap& image);

}  // namespace coppice::app::content
