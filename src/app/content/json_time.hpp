#pragma once

#include <optional>
#include <string_view>

#include "app/content/json_writer.hpp"

namespace coppice::app::content {

/// Writes a stored time as ISO 8601 in UTC ("2025-12-30T15:16:00Z"), or null. Databases of other
/// applications hold it with a fraction or a Z; what is no time at all goes out as it is.
void write_time(JsonWriter& json, std::optional<std::string_view> stored);

}  // namespace coppice::app::content
