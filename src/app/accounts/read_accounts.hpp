#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "actors/result.hpp"
#include "app/accounts/scope.hpp"
#include "app/accounts/user.hpp"
#include "db/connection.hpp"

/// What the database knows of accounts. Times are seconds since 1970.
///
/// Errors of all: those of the statements. Thread: that of the connection.
namespace coppice::app::accounts {

/// A bearer token, without what it is known by.
struct ApiToken {
  std::int64_t id = 0;
  std::string name;
  std::string scopes;  ///< As join_scopes() has them.
  std::int64_t created_at = 0;
  std::optional<std::int64_t> expires_at;
  std::optional<std::int64_t> last_used_at;

  auto fields(this auto& self) {
    return std::tie(self.id, self.name, self.scopes, self.created_at, self.expires_at,
                    self.last_used_at);
  }
};

/// A session that lets its user in.
struct Session {
  User user;
  std::int64_t expires_at = 0;  ///< Unless it is used before.
  std::int64_t ends_at = 0;     ///< However much it is used.
};

/// A bearer token that lets its user in.
struct Bearer {
  User user;
  ApiToken token;
};

[[nodiscard]] actors::Result<std::optional<User>> find_user(db::Connection& db, std::int64_t id);
[[nodiscard]] actors::Result<std::optional<Credentials>> find_credentials(db::Connection& db,
                                                                          const std::string& email);
[[nodiscard]] actors::Result<std::optional<Credentials>> find_credentials(db::Connection& db,
                                                                          std::int64_t id);
/// In the order in which they were made.
[[nodiscard]] actors::Result<std::vector<User>> list_users(db::Connection& db);

/// Nothing for one that has expired and for a user who is disabled; so do the others.
[[nodiscard]] actors::Result<std::optional<Session>> find_session(db::Connection& db,
                                                                  const std::string& token_hash,
                                                                  std::int64_t now);
[[nodiscard]] actors::Result<std::optional<Bearer>> find_bearer(db::Connection& db,
                                                                const std::string& token_hash,
                                                                std::int64_t now);
/// Whose password a link lets somebody set.
[[nodiscard]] actors::Result<std::optional<User>> find_reset(db::Connection& db,
                                                             const std::string& token_hash,
                                                             std::int64_t now);

/// Those of one user, in the order in which they were made.
[[nodiscard]] actors::Result<std::vector<ApiToken>> list_api_tokens(db::Connection& db,
                                                                    std::int64_t user_id);

}  // namespace coppice::app::accounts
