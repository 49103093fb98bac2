#include "app/accounts/read_accounts.hpp"

#include <utility>

#include "db/query.hpp"

namespace coppice::app::accounts {
namespace {

using actors::Result;

constexpr std::string_view kUserColumns =
    "u.id, u.email, u.name, u.role, u.disabled_at IS NOT NULL, u.inserted_at";
constexpr int kAfterUser = 6;
constexpr std::string_view kTokenColumns =
    "t.id, t.name, t.scopes, t.created_at, t.expires_at, t.last_used_at";

using MaybeTime = std::optional<std::int64_t>;

User user_from(const db::Statement& row) {
  return {.id = row.get<std::int64_t>(0),
          .email = row.get<std::string>(1),
          .name = row.get<std::string>(2),
          .role = role_from(row.get<std::string_view>(3)).value_or(Role::member),
          .disabled = row.get<bool>(4),
          .inserted_at = row.get<std::string>(5)};
}

ApiToken token_from(const db::Statement& row, int first) {
  return {.id = row.get<std::int64_t>(first),
          .name = row.get<std::string>(first + 1),
          .scopes = row.get<std::string>(first + 2),
          .created_at = row.get<std::int64_t>(first + 3),
          .expires_at = row.get<MaybeTime>(first + 4),
          .last_used_at = row.get<MaybeTime>(first + 5)};
}

std::string select(std::string_view columns, std::string_view rest) {
  return "SELECT " + std::string(columns) + " " + std::string(rest);
}

std::string select_user(std::string_view more, std::string_view rest) {
  return select(std::string(kUserColumns) + std::string(more), rest);
}

/// The first row as @p make sees it.
template <class Make, class... Args>
auto find(db::Connection& db, Make make, const std::string& sql, const Args&... values)
    -> Result<std::optional<std::invoke_result_t<Make, const db::Statement&>>> {
  std::optional<std::invoke_result_t<Make, const db::Statement&>> found;
  const auto take = [&](const db::Statement& row) {
    found.emplace(make(row));
    return false;
  };
  if (auto read = db::for_each_row(db, take, sql, values...); !read) {
    return std::unexpected(std::move(read.error()));
  }
  return found;
}

template <class Make, class... Args>
auto list(db::Connection& db, Make make, const std::string& sql, const Args&... values)
    -> Result<std::vector<std::invoke_result_t<Make, const db::Statement&>>> {
  std::vector<std::invoke_result_t<Make, const db::Statement&>> rows;
  const auto take = [&](const db::Statement& row) { rows.push_back(make(row)); };
  if (auto read = db::for_each_row(db, take, sql, values...); !read) {
    return std::unexpected(std::move(read.error()));
  }
  return rows;
}

Credentials credentials_from(const db::Statement& row) {
  return {.user = user_from(row), .password_hash = row.get<std::optional<std::string>>(kAfterUser)};
}

Session session_from(const db::Statement& row) {
  return {.user = user_from(row),
          .expires_at = row.get<std::int64_t>(kAfterUser),
          .ends_at = row.get<std::int64_t>(kAfterUser + 1)};
}

Bearer bearer_from(const db::Statement& row) {
  return {.user = user_from(row), .token = token_from(row, kAfterUser)};
}

}  // namespace

Result<std::optional<User>> find_user(db::Connection& db, std::int64_t id) {
  return find(db, user_from, select_user("", "FROM coppice_users u WHERE u.id = ?"), id);
}

Result<std::optional<Credentials>> find_credentials(db::Connection& db, const std::string& email) {
  return find(db, credentials_from,
              select_user(", u.password_hash", "FROM coppice_users u WHERE u.email = ?"), email);
}

Result<std::optional<Credentials>> find_credentials(db::Connection& db, std::int64_t id) {
  return find(db, credentials_from,
              select_user(", u.password_hash", "FROM coppice_users u WHERE u.id = ?"), id);
}

Result<std::vector<User>> list_users(db::Connection& db) {
  return list(db, user_from, select_user("", "FROM coppice_users u ORDER BY u.id"));
}

Result<std::optional<Session>> find_session(db::Connection& db, const std::string& token_hash,
                                            std::int64_t now) {
  return find(db, session_from,
              select_user(", s.expires_at, s.ends_at",
                          "FROM coppice_sessions s JOIN coppice_users u ON u.id = s.user_id "
                          "WHERE s.token_hash = ? AND s.expires_at > ? AND u.disabled_at IS NULL"),
              token_hash, now);
}

Result<std::optional<Bearer>> find_bearer(db::Connection& db, const std::string& token_hash,
                                          std::int64_t now) {
  return find(db, bearer_from,
              select_user(", " + std::string(kTokenColumns),
                          "FROM coppice_api_tokens t JOIN coppice_users u ON u.id = t.user_id "
                          "WHERE t.token_hash = ? AND ifnull(t.expires_at > ?, true) "
                          "AND u.disabled_at IS NULL"),
              token_hash, now);
}

Result<std::optional<User>> find_reset(db::Connection& db, const std::string& token_hash,
                                       std::int64_t now) {
  return find(db, user_from,
              select_user("",
                          "FROM coppice_reset_tokens r JOIN coppice_users u ON u.id = r.user_id "
                          "WHERE r.token_hash = ? AND r.expires_at > ? AND u.disabled_at IS NULL"),
              token_hash, now);
}

Result<std::vector<ApiToken>> list_api_tokens(db::Connection& db, std::int64_t user_id) {
  return list(
      db, [](const db::Statement& row) { return token_from(row, 0); },
      select(kTokenColumns, "FROM coppice_api_tokens t WHERE t.user_id = ? ORDER BY t.id"),
      user_id);
}

}  // namespace coppice::app::accounts
