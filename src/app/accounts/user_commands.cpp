#include "app/accounts/user_commands.hpp"

#include "app/accounts/read_accounts.hpp"
#include "db/query.hpp"

namespace coppice::app::accounts {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;

Result<User> require_user(db::Connection& db, const std::string& email) {
  auto found = find_credentials(db, email);
  if (!found) return std::unexpected(std::move(found.error()));
  if (!*found) return fail(Errc::not_found, "there is no user " + email);
  return std::move((*found)->user);
}

/// What lets somebody in without the password, but for bearer tokens.
Result<void> end_sessions(db::Connection& db, std::int64_t user_id, const std::string& but) {
  auto ended = db.execute("DELETE FROM coppice_sessions WHERE user_id = ? AND token_hash <> ?",
                          user_id, but);
  if (!ended) return ended;
  return db.execute("DELETE FROM coppice_reset_tokens WHERE user_id = ?", user_id);
}

Result<User> insert_user(db::Connection& db, const CreateUser& made) {
  const auto inserted = db.execute(
      "INSERT INTO coppice_users (email, name, role, password_hash, inserted_at, updated_at) "
      "VALUES (?, ?, ?, ?, strftime('%Y-%m-%dT%H:%M:%S', 'now'), "
      "strftime('%Y-%m-%dT%H:%M:%S', 'now'))",
      made.email, made.name, to_string(made.role), made.password_hash);
  if (!inserted) return std::unexpected(inserted.error());
  return require_user(db, made.email);
}

}  // namespace

Result<User> CreateUser::run(db::Connection& db) const {
  const auto taken = find_credentials(db, email);
  if (!taken) return std::unexpected(taken.error());
  if (*taken) return fail(Errc::conflict, "email has already been taken");
  return insert_user(db, *this);
}

Result<void> SetPassword::run(db::Connection& db) const {
  const auto set = db.execute(
      "UPDATE coppice_users SET password_hash = ?, "
      "updated_at = strftime('%Y-%m-%dT%H:%M:%S', 'now') WHERE id = ?",
      password_hash, user_id);
  if (!set) return set;
  if (db.changes() == 0) return fail(Errc::not_found, "there is no such user any more");
  if (auto ended = end_sessions(db, user_id, keep_session); !ended) return ended;
  // Whoever had the old password may have made some.
  return db.execute("DELETE FROM coppice_api_tokens WHERE user_id = ?", user_id);
}

Result<void> RefreshPasswordHash::run(db::Connection& db) const {
  return db.execute("UPDATE coppice_users SET password_hash = ? WHERE id = ? AND password_hash = ?",
                    new_hash, user_id, old_hash);
}

Result<User> SetRole::run(db::Connection& db) const {
  const auto set = db.execute(
      "UPDATE coppice_users SET role = ?, updated_at = strftime('%Y-%m-%dT%H:%M:%S', 'now') "
      "WHERE email = ? AND role <> ?1",
      to_string(role), email);
  if (!set) return std::unexpected(set.error());
  return require_user(db, email);
}

Result<User> SetDisabled::run(db::Connection& db) const {
  const auto set = db.execute(
      "UPDATE coppice_users SET "
      "disabled_at = iif(?, strftime('%Y-%m-%dT%H:%M:%S', 'now'), NULL), "
      "updated_at = strftime('%Y-%m-%dT%H:%M:%S', 'now') "
      "WHERE email = ? AND (disabled_at IS NOT NULL) <> ?1",
      disabled, email);
  if (!set) return std::unexpected(set.error());
  auto user = require_user(db, email);
  if (!user || !disabled) return user;
  if (auto ended = end_sessions(db, user->id, ""); !ended) return std::unexpected(ended.error());
  return user;
}

namespace {

Result<std::optional<User>> find_known(db::Connection& db, const SignInWithIdentity& who) {
  const auto id = db::query_value<std::int64_t>(
      db, "SELECT user_id FROM coppice_identities WHERE issuer = ? AND subject = ?", who.issuer,
      who.subject);
  if (!id) return std::unexpected(id.error());
  if (!*id) return std::nullopt;
  return find_user(db, **id);
}

/// The user who has the address, or a new one.
Result<User> find_or_make(db::Connection& db, const SignInWithIdentity& who) {
  if (who.email.empty()) {
    return fail(Errc::forbidden, "the provider has not verified an email address");
  }
  auto found = find_credentials(db, who.email);
  if (!found) return std::unexpected(std::move(found.error()));
  if (*found) return std::move((*found)->user);
  if (!who.may_create) return fail(Errc::forbidden, "there is no account for this address");
  return insert_user(db, {.email = who.email,
                          .name = who.name.empty() ? who.email : who.name,
                          .role = Role::member,
                          .password_hash = std::nullopt});
}

}  // namespace

Result<User> SignInWithIdentity::run(db::Connection& db) const {
  auto known = find_known(db, *this);
  if (!known) return std::unexpected(std::move(known.error()));
  auto user = *known ? Result<User>(std::move(**known)) : find_or_make(db, *this);
  if (!user) return user;
  if (user->disabled) return fail(Errc::forbidden, "this account is disabled");
  const auto linked = db.execute(
      "INSERT INTO coppice_identities (issuer, subject, user_id, created_at) VALUES (?, ?, ?, ?) "
      "ON CONFLICT DO NOTHING",
      issuer, subject, user->id, now);
  if (!linked) return std::unexpected(linked.error());
  return user;
}

}  // namespace coppice::app::accounts
