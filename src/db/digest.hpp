#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace coppice::db {

using Sha256 = std::array<std::byte, 32>;

/// FIPS 180-4. Throws std::runtime_error should the library refuse. Thread: any.
[[nodiscard]] Sha256 sha256(std::string_view bytes);

}  // namespace coppice::db
