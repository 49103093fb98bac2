#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "db/progress.hpp"

namespace coppice::app {

/// For people: "copying: 34 %, 0.4 of 1.2 GiB", "importing: 25 %, 3 of 12 files"; "checking" where
/// nobody can say how far it is.
[[nodiscard]] std::string progress_text(const db::Progress& progress);

/// How long the rest of a phase takes if that goes on as it did for @p elapsed, rounded up. Nothing
/// while too little is done to say so, and of what doesn't take alike: a file can be a line or a
/// large image, bytes are bytes.
[[nodiscard]] std::optional<std::chrono::seconds> time_left(
    const db::Progress& progress, std::chrono::steady_clock::duration elapsed);

/// "95 s", "3 min 20 s"
[[nodiscard]] std::string seconds_text(std::chrono::seconds time);

}  // namespace coppice::app
