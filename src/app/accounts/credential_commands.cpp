#include "app/accounts/credential_commands.hpp"

#include "app/accounts/user_commands.hpp"
#include "db/query.hpp"

namespace coppice::app::accounts {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;

Result<bool> is_taken(db::Connection& db, const CreateApiToken& token) {
  const auto found = db::query_value<std::int64_t>(
      db, "SELECT id FROM coppice_api_tokens WHERE user_id = ? AND name = ?", token.user_id,
      token.name);
  if (!found) return std::unexpected(found.error());
  return found->has_value();
}

Result<void> check_room(db::Connection& db, std::int64_t user_id) {
  const auto count = db::query_value<std::int64_t>(
      db, "SELECT count(*) FROM coppice_api_tokens WHERE user_id = ?", user_id);
  if (!count) return std::unexpected(count.error());
  if (**count < kMostApiTokens) return {};
  return fail(Errc::too_large,
              "a user has at most " + std::to_string(kMostApiTokens) + " tokens; revoke some");
}

}  // namespace

Result<void> CreateSession::run(db::Connection& db) const {
  const auto user = find_user(db, user_id);
  if (!user) return std::unexpected(user.error());
  if (!*user || (*user)->disabled) return fail(Errc::forbidden, "this account is disabled");
  return db.execute(
      "INSERT INTO coppice_sessions (token_hash, user_id, created_at, expires_at, ends_at) "
      "VALUES (?, ?, ?, ?, ?)",
      token_hash, user_id, now, expires_at, ends_at);
}

Result<void> ProlongSession::run(db::Connection& db) const {
  return db.execute("UPDATE coppice_sessions SET expires_at = min(?, ends_at) WHERE token_hash = ?",
                    expires_at, token_hash);
}

Result<void> DeleteSession::run(db::Connection& db) const {
  return db.execute("DELETE FROM coppice_sessions WHERE token_hash = ?", token_hash);
}

Result<std::int64_t> ForgetExpired::run(db::Connection& db) const {
  auto deleted = db.execute(
      "DELETE FROM coppice_sessions WHERE token_hash IN "
      "(SELECT token_hash FROM coppice_sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)",
      now, most);
  if (!deleted) return std::unexpected(std::move(deleted.error()));
  const std::int64_t sessions = db.changes();
  deleted = db.execute(
      "DELETE FROM coppice_reset_tokens WHERE token_hash IN "
      "(SELECT token_hash FROM coppice_reset_tokens WHERE expires_at <= ? LIMIT ?)",
      now, most);
  if (!deleted) return std::unexpected(std::move(deleted.error()));
  return sessions + db.changes();
}

Result<std::int64_t> DeleteSessions::run(db::Connection& db) const {
  const auto deleted = db.execute("DELETE FROM coppice_sessions WHERE user_id = ?", user_id);
  if (!deleted) return std::unexpected(deleted.error());
  return db.changes();
}

Result<ApiToken> CreateApiToken::run(db::Connection& db) const {
  const auto user = find_user(db, user_id);
  if (!user) return std::unexpected(user.error());
  if (!*user) return fail(Errc::not_found, "there is no such user any more");
  const auto taken = is_taken(db, *this);
  if (!taken) return std::unexpected(taken.error());
  if (*taken) return fail(Errc::conflict, "name has already been taken");
  if (auto room = check_room(db, user_id); !room) return std::unexpected(room.error());
  const auto made = db.execute(
      "INSERT INTO coppice_api_tokens (user_id, name, token_hash, scopes, created_at, expires_at) "
      "VALUES (?, ?, ?, ?, ?, ?)",
      user_id, name, token_hash, scopes, now, expires_at);
  if (!made) return std::unexpected(made.error());
  return ApiToken{.id = db.last_insert_rowid(),
                  .name = name,
                  .scopes = scopes,
                  .created_at = now,
                  .expires_at = expires_at,
                  .last_used_at = std::nullopt};
}

Result<void> NoteApiTokenUse::run(db::Connection& db) const {
  return db.execute("UPDATE coppice_api_tokens SET last_used_at = ? WHERE id = ?", now, id);
}

Result<void> RevokeApiToken::run(db::Connection& db) const {
  const auto revoked =
      db.execute("DELETE FROM coppice_api_tokens WHERE id = ? AND user_id = ?", id, user_id);
  if (!revoked) return revoked;
  if (db.changes() == 0) return fail(Errc::not_found, "there is no such token");
  return {};
}

Result<User> CreateResetToken::run(db::Connection& db) const {
  auto found = find_credentials(db, email);
  if (!found) return std::unexpected(std::move(found.error()));
  if (!*found || (*found)->user.disabled) return fail(Errc::not_found, "there is no such user");
  User& user = (*found)->user;
  const auto forgot = db.execute("DELETE FROM coppice_reset_tokens WHERE user_id = ?", user.id);
  if (!forgot) return std::unexpected(forgot.error());
  const auto made = db.execute(
      "INSERT INTO coppice_reset_tokens (token_hash, user_id, expires_at) VALUES (?, ?, ?)",
      token_hash, user.id, expires_at);
  if (!made) return std::unexpected(made.error());
  return std::move(user);
}

Result<User> ResetPassword::run(db::Connection& db) const {
  auto user = find_reset(db, token_hash, now);
  if (!user) return std::unexpected(std::move(user.error()));
  if (!*user) return fail(Errc::not_found, "this link has been used or has expired");
  const SetPassword set{.user_id = (*user)->id, .password_hash = password_hash, .keep_session = {}};
  if (auto done = set.run(db); !done) return std::unexpected(std::move(done.error()));
  return std::move(**user);
}

}  // namespace coppice::app::accounts
