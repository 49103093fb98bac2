#pragma once

#include "actors/result.hpp"
#include "app/config.hpp"

namespace coppice::app {

/// Runs a server until SIGTERM or SIGINT asks it to end, and returns the process's exit code: 0
/// after an orderly end, 1 if it could not start.
///
/// Thread: the main thread, before any other exists: it blocks the signals for all of them.
[[nodiscard]] int serve(const Config& config);

}  // namespace coppice::app
