#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"
#include "app/accounts/read_accounts.hpp"
#include "app/http/json_body.hpp"
#include "db/command.hpp"

/// What operators ask of the accounts: each function is one request of the admin socket. `coppice
/// user` and `coppice token` send it to a server, or call it where there is none, so that both do
/// the same and answer the same.
namespace coppice::app::admin {

/// What a look at the accounts has found.
struct FoundAccounts {
  std::vector<accounts::User> users{};
  std::vector<accounts::ApiToken> tokens{};
};

/// What an order has done, for whoever is to know of it.
struct AccountChange {
  std::int64_t user_id = 0;
  std::string_view what;  ///< "has another role"
  bool lets_out = false;  ///< Something that let this user in does so no more.
};

/// Who has the accounts: a server, or a process that has their database to itself.
///
/// Thread: one that may block.
class AccountKeeper {
 public:
  using Look = std::function<actors::Result<FoundAccounts>(db::Connection&)>;

  AccountKeeper() = default;
  AccountKeeper(const AccountKeeper&) = delete;
  AccountKeeper& operator=(const AccountKeeper&) = delete;
  virtual ~AccountKeeper() = default;

  /// Runs @p look, which must share what it needs: it may be given up while it runs.
  [[nodiscard]] virtual actors::Result<FoundAccounts> read(Look look) = 0;
  /// Runs a command of add_account_commands(), and gives its encoded reply once it is durable.
  [[nodiscard]] virtual actors::Result<std::string> run(const db::Command& command) = 0;
  /// What is stored of a password.
  [[nodiscard]] virtual actors::Result<std::string> hash(std::string password) = 0;
  /// Seconds since 1970.
  [[nodiscard]] virtual std::int64_t now() = 0;
  /// Is told of what has been done.
  virtual void note(const AccountChange& change) = 0;
};

/// An order with a form, and its path. Errors: invalid_argument, with all that is wrong with the
/// form; the keeper's and the commands' own.
struct AccountOrder {
  std::string_view path;
  actors::Result<std::string> (*run)(AccountKeeper& keeper, http::JsonBody form);
};

/// A request that changes nothing. Errors: as of the keeper's read().
struct AccountLook {
  std::string_view path;
  actors::Result<std::string> (*run)(AccountKeeper& keeper, const std::string& email);
};

// -- users: {"user":{…}}; {"users":[{…}]}
// ----------------------------------------------------------
[[nodiscard]] actors::Result<std::string> show_users(AccountKeeper& keeper,
                                                     const std::string& email);
/// `email`, `password`; `name` (what is before the @), `role` (member). Errors: conflict when the
/// address is taken.
[[nodiscard]] actors::Result<std::string> add_user(AccountKeeper& keeper, http::JsonBody form);
/// `email`, `password`. Errors: not_found; so have those that follow.
[[nodiscard]] actors::Result<std::string> set_password(AccountKeeper& keeper, http::JsonBody form);
/// `email`, `role`.
[[nodiscard]] actors::Result<std::string> set_role(AccountKeeper& keeper, http::JsonBody form);
/// `email`.
[[nodiscard]] actors::Result<std::string> disable_user(AccountKeeper& keeper, http::JsonBody form);
[[nodiscard]] actors::Result<std::string> enable_user(AccountKeeper& keeper, http::JsonBody form);

// -- bearer tokens
// ---------------------------------------------------------------------------------
/// {"tokens":[{…}]}
[[nodiscard]] actors::Result<std::string> show_tokens(AccountKeeper& keeper,
                                                      const std::string& email);
/// `email`, `name`, `scopes`; `days` (90; 0 for ever). {"token":{…},"secret":"…"}: the secret is
/// told this once. Errors: conflict for a name that is taken; too_large for a user with too many.
[[nodiscard]] actors::Result<std::string> create_token(AccountKeeper& keeper, http::JsonBody form);
/// `email`, `id`. {"ok":true}
[[nodiscard]] actors::Result<std::string> revoke_token(AccountKeeper& keeper, http::JsonBody form);

inline constexpr AccountLook kShowUsers{"/v1/users", show_users};
inline constexpr AccountOrder kAddUser{"/v1/users", add_user};
inline constexpr AccountOrder kSetPassword{"/v1/users/password", set_password};
inline constexpr AccountOrder kSetRole{"/v1/users/role", set_role};
inline constexpr AccountOrder kDisableUser{"/v1/users/disable", disable_user};
inline constexpr AccountOrder kEnableUser{"/v1/users/enable", enable_user};
inline constexpr AccountLook kShowTokens{"/v1/tokens", show_tokens};
inline constexpr AccountOrder kCreateToken{"/v1/tokens", create_token};
inline constexpr AccountOrder kRevokeToken{"/v1/tokens/revoke", revoke_token};

}  // namespace coppice::app::admin
