#pragma once

#include <string_view>

#include "actors/result.hpp"
#include "app/changes/read_changes.hpp"
#include "net/channels/message.hpp"

namespace coppice::app::changes {

/// What the parameters of a join ask for: `since`, `snapshot`, `filter`. An object; what is unknown
/// or of another type is an error that names it. Errors: invalid_argument.
[[nodiscard]] actors::Result<Wish> parse_wish(const content::Table& table, bool sees_hidden,
                                              const net::channels::Payload& params);

}  // namespace coppice::app::changes
