#pragma once

namespace coppice::actors {

/// Whether what happens is counted, timed and noted for those who look at the server: always, but
/// in the build without it that `./dev bench overhead` measures against (COPPICE_TELEMETRY in
/// CMake). Asked with `if constexpr` where something is recorded. What the program itself decides
/// by, such as limits, queues and the watchdog's steps, is there in both.
#ifdef COPPICE_NO_TELEMETRY
inline constexpr bool kTelemetry = false;
#else
inline constexpr bool kTelemetry = true;
#endif

}  // namespace coppice::actors
