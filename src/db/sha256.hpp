#pragma once

#include <string>
#include <string_view>

namespace coppice::db {

/// The SHA-256 of `bytes` in 64 lower-case hexadecimal digits, as sha256sum(1) prints it.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace coppice::db
