#pragma once

#include <functional>
#include <string>
#include <vector>

#include "actors/result.hpp"
#include "actors/time.hpp"
#include "net/io.hpp"

namespace coppice::net {

/// Gets bytes, or says why not.
using Attempt = std::function<Awaitable<actors::Result<std::string>>()>;

/// Awaits @p attempt, and again after each of @p pauses as long as it fails with what may pass: too
/// much to do, or a part that starts again. Gives the last outcome. A cancellation ends a pause,
/// and nothing is tried after it.
[[nodiscard]] Awaitable<actors::Result<std::string>> try_again(
    Attempt attempt, std::vector<actors::Duration> pauses);

}  // namespace coppice::net
