#pragma once

#include <chrono>
#include <string_view>

namespace coppice::app::sentry {

/// For how long Sentry wants to hear of no more errors; 0 for not at all.
///
/// @param rate_limits  The header X-Sentry-Rate-Limits: "60:error;transaction:key, 2700::org"
/// @param retry_after  The header Retry-After, which holds where the other one says nothing.
/// @param refused      Whether it answered 429: then it is a minute where neither says anything.
[[nodiscard]] std::chrono::seconds pause_after(std::string_view rate_limits,
                                               std::string_view retry_after, bool refused);

}  // namespace coppice::app::sentry
