#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "actors/result.hpp"
#include "app/accounts/user.hpp"
#include "db/command.hpp"

/// Writes about users; see db/command.hpp for how they run. They never hold a password or another
/// secret, only what is stored of it. Times are seconds since 1970.
namespace coppice::app::accounts {

/// Errors: conflict when the address is taken.
struct CreateUser {
  static constexpr std::string_view kName = "accounts.create_user";
  using Reply = User;

  std::string email;
  std::string name;
  Role role = Role::member;
  std::optional<std::string> password_hash;

  auto fields(this auto& self) {
    return std::tie(self.email, self.name, self.role, self.password_hash);
  }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

/// Sets a password, and ends what the old one let in: the sessions, but for one, links, and bearer
/// tokens.
/// Errors: not_found.
struct SetPassword {
  static constexpr std::string_view kName = "accounts.set_password";
  using Reply = void;

  std::int64_t user_id = 0;
  std::string password_hash;
  std::string keep_session;  ///< The hash of the session that stays; empty for none.

  auto fields(this auto& self) {
    return std::tie(self.user_id, self.password_hash, self.keep_session);
  }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

/// Replaces a hash by another one of the same password; nothing if it has changed meanwhile.
struct RefreshPasswordHash {
  static constexpr std::string_view kName = "accounts.refresh_password_hash";
  using Reply = void;

  std::int64_t user_id = 0;
  std::string old_hash;
  std::string new_hash;

  auto fields(this auto& self) { return std::tie(self.user_id, self.old_hash, self.new_hash); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

/// Errors: not_found.
struct SetRole {
  static constexpr std::string_view kName = "accounts.set_role";
  using Reply = User;

  std::string email;
  Role role = Role::member;

  auto fields(this auto& self) { return std::tie(self.email, self.role); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

/// Disabling ends the user's sessions and links; bearer tokens work again when the user may.
/// Errors: not_found.
struct SetDisabled {
  static constexpr std::string_view kName = "accounts.set_disabled";
  using Reply = User;

  std::string email;
  bool disabled = true;

  auto fields(this auto& self) { return std::tie(self.email, self.disabled); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

/// Finds whom an OpenID Connect provider vouches for: by what the provider calls them, or else, the
/// first time, by an address that it has verified; and remembers who that is.
/// Errors: forbidden for somebody without an account, unless one is to be made, and for a user who
/// is disabled.
struct SignInWithIdentity {
  static constexpr std::string_view kName = "accounts.sign_in_with_identity";
  using Reply = User;

  std::string issuer;
  std::string subject;
  std::string email;  ///< Empty unless it has been verified.
  std::string name;
  bool may_create = false;
  std::int64_t now = 0;

  auto fields(this auto& self) {
    return std::tie(self.issuer, self.subject, self.email, self.name, self.may_create, self.now);
  }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

}  // namespace coppice::app::accounts
