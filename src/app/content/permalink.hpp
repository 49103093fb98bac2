#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "actors/result.hpp"
#include "db/connection.hpp"

namespace coppice::app::content {

/// The slug of the published post that has this permalink; among several, the first by slug.
/// Errors: those of the statement. Thread: that of @p db.
[[nodiscard]] actors::Result<std::optional<std::string>> slug_of_permalink(
    db::Connection& db, std::string_view permalink);

}  // namespace coppice::app::content
