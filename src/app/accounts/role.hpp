#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace coppice::app::accounts {

/// What a user may do. Each role may do what those before it may.
enum class Role : std::uint8_t {
  member,  ///< Has an account.
  editor,  ///< Writes content and sees drafts.
  admin,   ///< Everything.
};

/// "member", "editor", "admin": as stored, written and read.
[[nodiscard]] std::string_view to_string(Role role) noexcept;
[[nodiscard]] std::optional<Role> role_from(std::string_view name) noexcept;

}  // namespace coppice::app::accounts
