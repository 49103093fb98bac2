#include "app/admin/account_orders.hpp"

#include <utility>

#include "app/accounts/account_json.hpp"
#include "app/accounts/api_token_request.hpp"
#include "app/accounts/credential_commands.hpp"
#include "app/accounts/secret.hpp"
#include "app/accounts/user_commands.hpp"

namespace coppice::app::admin {
namespace {

using accounts::ApiToken;
using accounts::Role;
using accounts::User;
using actors::Errc;
using actors::fail;
using actors::Result;
using content::JsonWriter;
using http::JsonBody;

template <db::CommandType C>
Result<typename C::Reply> execute(AccountKeeper& keeper, const C& command) {
  const auto reply = keeper.run(db::to_command(command));
  if (!reply) return std::unexpected(reply.error());
  return db::reply_of<C>(*reply);
}

/// That the form is as it should be.
Result<void> check(const content::FieldProblems& problems) {
  if (problems.empty()) return {};
  return fail(Errc::invalid_argument, content::to_sentence(problems));
}

std::string email_in(JsonBody& form) { return accounts::normalized_email(form.text("email")); }

Role role_in(JsonBody& form, const std::string& written) {
  const auto role = accounts::role_from(written);
  if (!role && !written.empty()) {
    form.problems().push_back(
        {"role", "\"" + written + "\" is no role; accepted: admin, editor, member", {}, 0});
  }
  return role.value_or(Role::member);
}

Result<FoundAccounts> with_user(db::Connection& db, const std::string& email) {
  auto found = accounts::find_credentials(db, email);
  if (!found) return std::unexpected(std::move(found.error()));
  if (!*found) return fail(Errc::not_found, "there is no user " + email);
  return FoundAccounts{.users = {std::move((*found)->user)}};
}

Result<User> find(AccountKeeper& keeper, const std::string& email) {
  auto found = keeper.read([email](db::Connection& db) { return with_user(db, email); });
  if (!found) return std::unexpected(std::move(found.error()));
  return std::move(found->users.front());
}

template <class T>
std::string list_json(std::string_view name, const std::vector<T>& list) {
  JsonWriter json;
  json.begin_object().key(name).begin_array();
  for (const auto& each : list) write_json(json, each);
  json.end_array().end_object();
  return std::move(json).take();
}

/// The answer to an order that gives its user.
Result<std::string> told(AccountKeeper& keeper, const Result<User>& user, std::string_view what,
                         bool lets_out) {
  if (!user) return std::unexpected(user.error());
  keeper.note({.user_id = user->id, .what = what, .lets_out = lets_out});
  JsonWriter json;
  json.begin_object().key("user");
  write_json(json, *user);
  json.end_object();
  return std::move(json).take();
}

Result<std::string> set_disabled(AccountKeeper& keeper, JsonBody form, bool disabled) {
  form.refuse_others({"email"});
  const auto email = email_in(form);
  if (auto good = check(form.problems()); !good) return std::unexpected(good.error());
  return told(keeper, execute(keeper, accounts::SetDisabled{email, disabled}),
              disabled ? "is disabled" : "is enabled", disabled);
}

}  // namespace

// -- users
// -----------------------------------------------------------------------------------------

Result<std::string> show_users(AccountKeeper& keeper, const std::string& /*email*/) {
  const auto found = keeper.read([](db::Connection& db) -> Result<FoundAccounts> {
    auto users = accounts::list_users(db);
    if (!users) return std::unexpected(std::move(users.error()));
    return FoundAccounts{.users = std::move(*users)};
  });
  if (!found) return std::unexpected(found.error());
  return list_json("users", found->users);
}

Result<std::string> add_user(AccountKeeper& keeper, JsonBody form) {
  form.refuse_others({"email", "name", "role", "password"});
  auto email = email_in(form);
  auto name = form.text_or("name", email.substr(0, email.find('@')));
  const auto role = role_in(form, form.text_or("role", "member"));
  auto password = form.text("password");
  if (form.problems().empty()) {
    accounts::check_email(form.problems(), email);
    accounts::check_name(form.problems(), name);
    accounts::check_password(form.problems(), "password", password);
  }
  if (auto good = check(form.problems()); !good) return std::unexpected(good.error());
  auto hash = keeper.hash(std::move(password));
  if (!hash) return hash;
  const accounts::CreateUser command{std::move(email), std::move(name), role, std::move(*hash)};
  return told(keeper, execute(keeper, command), "is new", false);
}

Result<std::string> set_password(AccountKeeper& keeper, JsonBody form) {
  form.refuse_others({"email", "password"});
  const auto email = email_in(form);
  auto password = form.text("password");
  if (form.problems().empty()) accounts::check_password(form.problems(), "password", password);
  if (auto good = check(form.problems()); !good) return std::unexpected(good.error());
  const auto user = find(keeper, email);
  if (!user) return std::unexpected(user.error());
  auto hash = keeper.hash(std::move(password));
  if (!hash) return hash;
  const auto set = execute(keeper, accounts::SetPassword{user->id, std::move(*hash), {}});
  if (!set) return std::unexpected(set.error());
  return told(keeper, user, "has another password", true);
}

Result<std::string> set_role(AccountKeeper& keeper, JsonBody form) {
  form.refuse_others({"email", "role"});
  const auto email = email_in(form);
  const auto role = role_in(form, form.text("role"));
  if (auto good = check(form.problems()); !good) return std::unexpected(good.error());
  return told(keeper, execute(keeper, accounts::SetRole{email, role}), "has another role", true);
}

Result<std::string> disable_user(AccountKeeper& keeper, JsonBody form) {
  return set_disabled(keeper, std::move(form), true);
}

Result<std::string> enable_user(AccountKeeper& keeper, JsonBody form) {
  return set_disabled(keeper, std::move(form), false);
}

// -- bearer tokens
// ---------------------------------------------------------------------------------

Result<std::string> show_tokens(AccountKeeper& keeper, const std::string& email) {
  const auto look =
      [email = accounts::normalized_email(email)](db::Connection& db) -> Result<FoundAccounts> {
    auto found = with_user(db, email);
    if (!found) return found;
    auto tokens = accounts::list_api_tokens(db, found->users.front().id);
    if (!tokens) return std::unexpected(std::move(tokens.error()));
    found->tokens = std::move(*tokens);
    return found;
  };
  const auto found = keeper.read(look);
  if (!found) return std::unexpected(found.error());
  return list_json("tokens", found->tokens);
}

Result<std::string> create_token(AccountKeeper& keeper, JsonBody form) {
  form.refuse_others({"email", "name", "scopes", "days"});
  const auto email = email_in(form);
  auto name = form.text("name");
  auto scopes = form.texts("scopes");
  const auto days = form.integer("days", accounts::kDefaultTokenDays);
  if (auto good = check(form.problems()); !good) return std::unexpected(good.error());
  const auto now = keeper.now();
  const auto wanted = accounts::api_token_request(std::move(name), std::move(scopes), days, now);
  if (!wanted) return std::unexpected(check(wanted.error()).error());
  const auto user = find(keeper, email);
  if (!user) return std::unexpected(user.error());
  const auto secret = std::string(accounts::kApiTokenPrefix) + accounts::new_secret();
  const auto token = execute(
      keeper,
      accounts::CreateApiToken{user->id, wanted->name, accounts::secret_hash(secret),
                               accounts::join_scopes(wanted->scopes), now, wanted->expires_at});
  if (!token) return std::unexpected(token.error());
  keeper.note({.user_id = user->id, .what = "has a new bearer token", .lets_out = false});
  JsonWriter json;
  json.begin_object().key("token");
  write_json(json, *token);
  json.key("secret").string(secret).end_object();
  return std::move(json).take();
}

Result<std::string> revoke_token(AccountKeeper& keeper, JsonBody form) {
  form.refuse_others({"email", "id"});
  const auto email = email_in(form);
  const auto id = form.integer("id");
  if (auto good = check(form.problems()); !good) return std::unexpected(good.error());
  const auto user = find(keeper, email);
  if (!user) return std::unexpected(user.error());
  const auto revoked = execute(keeper, accounts::RevokeApiToken{user->id, id});
  if (!revoked) return std::unexpected(revoked.error());
  keeper.note({.user_id = user->id, .what = "has a bearer token less", .lets_out = true});
  return R"({"ok":true})";
}

}  // namespace coppice::app::admin
