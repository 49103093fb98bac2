#pragma once

#include <string>
#include <string_view>

namespace coppice::app::cli {

/// The admin socket's answers about shards and requests, for people.
[[nodiscard]] std::string render_shards(std::string_view json);
[[nodiscard]] std::string render_requests(std::string_view json);

}  // namespace coppice::app::cli
