#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "actors/result.hpp"
#include "app/accounts/read_accounts.hpp"
#include "db/command.hpp"

/// Writes about sessions, bearer tokens and links; as user_commands.hpp.
namespace coppice::app::accounts {

/// Errors: forbidden for a user who is disabled or gone.
struct CreateSession {
  static constexpr std::string_view kName = "accounts.create_session";
  using Reply = void;

  std::int64_t user_id = 0;
  std::string token_hash;
  std::int64_t now = 0;
  std::int64_t expires_at = 0;
  std::int64_t ends_at = 0;

  auto fields(this auto& self) {
    return std::tie(self.user_id, self.token_hash, self.now, self.expires_at, self.ends_at);
  }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

/// The session was used. Nothing if it is gone.
struct ProlongSession {
  static constexpr std::string_view kName = "accounts.prolong_session";
  using Reply = void;

  std::string token_hash;
  std::int64_t expires_at = 0;  ///< Never beyond the session's end.

  auto fields(this auto& self) { return std::tie(self.token_hash, self.expires_at); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

struct DeleteSession {
  static constexpr std::string_view kName = "accounts.delete_session";
  using Reply = void;

  std::string token_hash;

  auto fields(this auto& self) { return std::tie(self.token_hash); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

/// Forgets sessions and links that have expired, at the most so many of each, and tells how many.
struct ForgetExpired {
  static constexpr std::string_view kName = "accounts.forget_expired";
  using Reply = std::int64_t;

  std::int64_t now = 0;
  std::int64_t most = 0;

  auto fields(this auto& self) { return std::tie(self.now, self.most); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

/// All of one user. Gives their number.
struct DeleteSessions {
  static constexpr std::string_view kName = "accounts.delete_sessions";
  using Reply = std::int64_t;

  std::int64_t user_id = 0;

  auto fields(this auto& self) { return std::tie(self.user_id); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

inline constexpr std::int64_t kMostApiTokens = 100;

/// Errors: conflict when the user has a token of that name; not_found without the user; too_large
/// when they have kMostApiTokens.
struct CreateApiToken {
  static constexpr std::string_view kName = "accounts.create_api_token";
  using Reply = ApiToken;

  std::int64_t user_id = 0;
  std::string name;
  std::string token_hash;
  std::string scopes;
  std::int64_t now = 0;
  std::optional<std::int64_t> expires_at;

  auto fields(this auto& self) {
    return std::tie(self.user_id, self.name, self.token_hash, self.scopes, self.now,
                    self.expires_at);
  }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

struct NoteApiTokenUse {
  static constexpr std::string_view kName = "accounts.note_api_token_use";
  using Reply = void;

  std::int64_t id = 0;
  std::int64_t now = 0;

  auto fields(this auto& self) { return std::tie(self.id, self.now); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

/// Errors: not_found when the user has no such token.
struct RevokeApiToken {
  static constexpr std::string_view kName = "accounts.revoke_api_token";
  using Reply = void;

  std::int64_t user_id = 0;
  std::int64_t id = 0;

  auto fields(this auto& self) { return std::tie(self.user_id, self.id); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

/// Makes a link with which the user can set a new password; those before it end.
/// Errors: not_found when there is nobody to send it to.
struct CreateResetToken {
  static constexpr std::string_view kName = "accounts.create_reset_token";
  using Reply = User;

  std::string email;
  std::string token_hash;
  std::int64_t expires_at = 0;

  auto fields(this auto& self) { return std::tie(self.email, self.token_hash, self.expires_at); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

/// Sets the password of whose link it is, once. Errors: not_found for a link that has been used or
/// has expired.
struct ResetPassword {
  static constexpr std::string_view kName = "accounts.reset_password";
  using Reply = User;

  std::string token_hash;
  std::string password_hash;
  std::int64_t now = 0;

  auto fields(this auto& self) { return std::tie(self.token_hash, self.password_hash, self.now); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

}  // namespace coppice::app::accounts
