#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "actors/result.hpp"

namespace coppice::app::outgoing {

/// Takes one line, without its end.
using TakeLine = std::function<void(std::string_view line)>;

/// Reads an answer that doesn't end, line by line, as it comes, until it ends all the same, or
/// @p stop is requested, which it notices at once. Gives why it ended: unavailable; too_large for a
/// line of more than 64 KiB; cancelled.
///
/// The peer is found dead by TCP's own means only, after half a minute: whoever needs to know
/// sooner asks it something else.
///
/// Thread: any that may be blocked; @p line is called on it.
[[nodiscard]] actors::Error stream_lines(const std::string& url, const TakeLine& line,
                                         const std::stop_token& stop);

}  // namespace coppice::app::outgoing
