#pragma once

#include <string_view>

namespace coppice::app {

/// The program's version, from the build.
inline constexpr std::string_view kVersion = COPPICE_VERSION;

}  // namespace coppice::app
