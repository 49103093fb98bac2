#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "actors/result.hpp"
#include "db/connection.hpp"

namespace coppice::app::content {

/// What the first part of an address may be that the server itself answers, so that it leads to no
/// post.
inline constexpr std::array<std::string_view, 9> kServersOwnPaths = {
    "admin", "api", "assets", "auth", "docs", "health", "metrics", "rss", "socket"};

/// Whether it is one part of an address, and not one of the server's own. Thread: any.
[[nodiscard]] bool is_valid_permalink(std::string_view text) noexcept;

inline constexpr std::string_view kBadPermalink =
    "must be one part of an address, without /, ? or #, that is none of the server's own: admin, "
    "api, assets, auth, docs, health, metrics, rss, socket";
/// What is_valid_permalink() takes, in ECMA 262.
inline constexpr std::string_view kPermalinkRegex =
    "^(?!(admin|api|assets|auth|docs|health|metrics|rss|socket)$)[^/?#]+$";

/// The slug of the published post that has this permalink; among several, the first by slug.
/// Errors: those of the statement. Thread: that of @p db.
[[nodiscard]] actors::Result<std::optional<std::string>> slug_of_permalink(
    db::Connection& db, std::string_view permalink);

}  // namespace coppice::app::content
