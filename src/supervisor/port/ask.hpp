#pragma once

#include <functional>
#include <optional>

#include "actors/result.hpp"
#include "actors/task.hpp"
#include "actors/time.hpp"

namespace coppice::supervisor::port {

/// Asks a process how it is. Runs on one of the runtime's threads for what blocks, and owns its
/// data. It should come back within the time it is given by itself: nothing interrupts it, and one
/// that doesn't come back keeps its thread. What it throws is a failure.
using Check = std::function<actors::Result<void>()>;

/// Runs @p check on one of the runtime's threads for what blocks. Its answer, or `timeout` if it
/// gave none within @p within, or `callback_failed` with what it threw. Nothing if it was not asked
/// at all: no thread was free, or the actor was told to stop.
///
/// Thread: inside an actor's coroutine.
[[nodiscard]] actors::Task<std::optional<actors::Result<void>>> ask(Check check,
                                                                    actors::Duration within);

}  // namespace coppice::supervisor::port
