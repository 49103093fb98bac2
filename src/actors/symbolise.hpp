#pragma once

#include <span>
#include <string>

namespace coppice::actors {

/// What return addresses of this process stand for, one line each: "function (file:line)", the
/// place only where debugging information is at hand, "?" where nothing is known.
///
/// Reads what the program and its libraries have as files, and keeps nothing of it: a process that
/// has shown a stack is no larger than before. Takes milliseconds, so it is not for a shard.
///
/// Thread: any.
[[nodiscard]] std::string symbolise(std::span<const void* const> frames);

}  // namespace coppice::actors
