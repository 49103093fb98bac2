#include "app/accounts/role.hpp"

namespace coppice::app::accounts {

std::string_view to_string(Role role) noexcept {
  switch (role) {
    case Role::member: return "member";
    case Role::editor: return "editor";
    case Role::admin: return "admin";
  }
  return "member";
}

std::optional<Role> role_from(std::string_view name) noexcept {
  for (const Role role : {Role::member, Role::editor, Role::admin}) {
    if (name == to_string(role)) return role;
  }
  return std::nullopt;
}

}  // namespace coppice::app::accounts
