#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace coppice::app::content {

/// The name that the image file @p file_name is stored under: its base name with `.webp`.
[[nodiscard]] std::string stored_image_name(std::string_view file_name);

/// The name of the stored image that @p address in an article could mean: that of the last part of
/// its path. Nothing when it leads to another site.
[[nodiscard]] std::optional<std::string> stored_image_name_of_address(std::string_view address);

/// Where the stored image @p name is served: `/assets/images/` and the name, percent-encoded.
[[nodiscard]] std::string image_url(std::string_view name);

}  // namespace coppice::app::content
