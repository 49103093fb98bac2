#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "app/accounts/scope.hpp"
#include "app/accounts/user.hpp"

namespace coppice::app::accounts {

inline constexpr std::string_view kApiTokenPrefix = "coppice_";  ///< So that scanners know it.
inline constexpr std::int64_t kDefaultTokenDays = 90;
inline constexpr std::int64_t kMostTokenDays = 3650;

/// What a new bearer token is to be.
struct ApiTokenRequest {
  std::string name;
  Scopes scopes;                           ///< As checked_scopes() gives them.
  std::optional<std::int64_t> expires_at;  ///< Seconds since 1970; none for never.
};

/// Checks what somebody asks for.
/// @param days  From @p now; 0 for ever.
[[nodiscard]] std::expected<ApiTokenRequest, FieldProblems> api_token_request(std::string name,
                                                                              Scopes scopes,
                                                                              std::int64_t days,
                                                                              std::int64_t now);

}  // namespace coppice::app::accounts
