#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/accounts/scope.hpp"
#include "app/accounts/user.hpp"

namespace coppice::app::accounts {

/// On whose behalf a request is made, and by what right.
struct Principal {
  User user;
  /// The hash that the session is stored under; empty for a bearer token.
  std::string session_hash{};
  /// What a bearer token is good for; a session is good for everything.
  Scopes scopes{};
  /// The hash that the bearer token is stored under; empty for a session.
  std::string token_hash{};
  /// When what they hold ends, however much it is used, in seconds since 1970; nothing for never.
  std::optional<std::int64_t> ends_at{};

  [[nodiscard]] bool by_session() const noexcept { return !session_hash.empty(); }
  [[nodiscard]] bool has_role(Role role) const noexcept { return user.role >= role; }
  [[nodiscard]] bool has_scope(std::string_view scope) const noexcept;
  /// Drafts and whatever else is hidden from the public.
  [[nodiscard]] bool sees_hidden() const noexcept {
    return has_role(Role::editor) && has_scope(kReadContent);
  }
};

}  // namespace coppice::app::accounts
