#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"

namespace coppice::app::accounts {

/// What a bearer token is good for, within what its user may do.
inline constexpr std::string_view kReadContent = "content:read";    ///< Drafts too, for editors.
inline constexpr std::string_view kWriteContent = "content:write";  ///< For editors.
inline constexpr std::string_view kUseSockets = "socket";           ///< Connecting to channels.
inline constexpr std::array kScopes = {kReadContent, kWriteContent, kUseSockets};

using Scopes = std::vector<std::string>;

/// Sorted, each once. Errors: invalid_argument, naming what is no scope and what is one; also for
/// none at all.
[[nodiscard]] actors::Result<Scopes> checked_scopes(Scopes scopes);

/// As stored: separated by spaces.
[[nodiscard]] std::string join_scopes(const Scopes& scopes);
[[nodiscard]] Scopes split_scopes(std::string_view joined);

}  // namespace coppice::app::accounts
