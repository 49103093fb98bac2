#include "app/accounts/accounts.hpp"

#include <tuple>
#include <utility>

#include "app/accounts/credential_commands.hpp"
#include "app/accounts/secret.hpp"
#include "app/accounts/user_commands.hpp"
#include "supervisor/supervisor.hpp"

namespace coppice::app::accounts {
namespace {

using actors::Errc;
using actors::fail;
using actors::Task;

// A session's expiry and a token's last use are written down when they are that much out of date.
constexpr std::int64_t kUseResolution = 300;
constexpr std::int64_t kSocketTokenSeconds = 300;
// What a socket's token was made with: one of these, then the hash that it is stored under.
constexpr char kBySession = 's';
constexpr char kByToken = 't';

std::unexpected<actors::Error> wrong_password() {
  return fail(Errc::unauthorized, "invalid email or password");
}

}  // namespace

Accounts::Accounts(db::Database database, std::shared_ptr<const KeyRing> keys,
                   AccountsOptions options)
    : shared_(std::make_shared<const Shared>(std::move(database), std::move(keys), options,
                                             Hashers(options.hash_cost, options.hash_threads))) {}

Accounts Accounts::traced(tracing::TrailPtr trail) const {
  Accounts same = *this;
  same.trail_ = std::move(trail);
  return same;
}

supervisor::ChildSpec Accounts::child() const {
  return supervisor::supervisor_child("accounts", {.flags = {.intensity = {.intensity = 10}},
                                                   .children = shared_->hashers.children()});
}

// -- with a password -----------------------------------------------------------------------------

Accounts::Async<SignedIn> Accounts::sign_in(std::string email, std::string password) const {
  return do_sign_in(*this, std::move(email), std::move(password));
}

Accounts::Async<SignedIn> Accounts::do_sign_in(Accounts self, std::string email,
                                               std::string password) {
  auto find = [email = std::move(email)](db::Connection& db) {
    return find_credentials(db, email);
  };
  auto credentials = co_await read(self, std::move(find));
  if (!credentials) co_return std::unexpected(std::move(credentials.error()));
  const auto verdict = co_await check(self, *credentials, password);
  if (!verdict) co_return std::unexpected(verdict.error());
  if (!verdict->matches || (*credentials)->user.disabled) co_return wrong_password();
  if (verdict->is_stale) co_await refresh_hash(self, **credentials, std::move(password));
  co_return co_await do_begin_session(std::move(self), std::move((*credentials)->user));
}

/// Takes as long without credentials.
Accounts::Async<Verdict> Accounts::check(Accounts self, std::optional<Credentials> credentials,
                                         std::string password) {
  std::string hash = credentials ? credentials->password_hash.value_or("") : "";
  co_return co_await self.shared_->hashers.verify(std::move(hash), std::move(password));
}

/// If it can't be done now, then at the next time.
Task<void> Accounts::refresh_hash(Accounts self, Credentials credentials, std::string password) {
  auto hash = co_await self.shared_->hashers.hash(std::move(password));
  if (!hash) co_return;
  RefreshPasswordHash refresh{.user_id = credentials.user.id,
                              .old_hash = credentials.password_hash.value_or(""),
                              .new_hash = std::move(*hash)};
  std::ignore = co_await write(self, std::move(refresh));
}

Accounts::Async<SignedIn> Accounts::begin_session(User user) const {
  return do_begin_session(*this, std::move(user));
}

Accounts::Async<SignedIn> Accounts::do_begin_session(Accounts self, User user) {
  const auto& options = self.options();
  const std::int64_t now = options.clock();
  std::string secret = new_secret();
  CreateSession create{
      .user_id = user.id,
      .token_hash = secret_hash(secret),
      .now = now,
      .expires_at = now + std::min(options.session_idle, options.session_limit).count(),
      .ends_at = now + options.session_limit.count()};
  const auto created = co_await write(self, std::move(create));
  if (!created) co_return std::unexpected(created.error());
  co_return SignedIn{std::move(user), std::move(secret)};
}

Accounts::Async<void> Accounts::change_password(Principal principal, std::string current,
                                                std::string next) const {
  return do_change_password(*this, std::move(principal), std::move(current), std::move(next));
}

Accounts::Async<void> Accounts::do_change_password(Accounts self, Principal principal,
                                                   std::string current, std::string next) {
  const std::int64_t id = principal.user.id;
  auto find = [id](db::Connection& db) { return find_credentials(db, id); };
  auto credentials = co_await read(self, std::move(find));
  if (!credentials) co_return std::unexpected(std::move(credentials.error()));
  const auto verdict = co_await check(self, std::move(*credentials), std::move(current));
  if (!verdict) co_return std::unexpected(verdict.error());
  if (!verdict->matches) co_return wrong_password();
  auto hash = co_await self.shared_->hashers.hash(std::move(next));
  if (!hash) co_return std::unexpected(std::move(hash.error()));
  SetPassword set{.user_id = id,
                  .password_hash = std::move(*hash),
                  .keep_session = std::move(principal.session_hash)};
  co_return co_await execute_and_tell(std::move(self), id, std::move(set));
}

Accounts::Async<User> Accounts::reset_password(std::string secret, std::string password) const {
  return do_reset_password(*this, std::move(secret), std::move(password));
}

Accounts::Async<User> Accounts::do_reset_password(Accounts self, std::string secret,
                                                  std::string password) {
  std::string link = secret_hash(secret);
  const std::int64_t now = self.now();
  auto find = [link, now](db::Connection& db) { return find_reset(db, link, now); };
  // Looked at before it is used, so that guessing at links costs no hashing.
  const auto known = co_await read(self, std::move(find));
  if (!known) co_return std::unexpected(known.error());
  if (!*known) co_return fail(Errc::not_found, "this link has been used or has expired");
  auto hash = co_await self.shared_->hashers.hash(std::move(password));
  if (!hash) co_return std::unexpected(std::move(hash.error()));
  ResetPassword reset{.token_hash = std::move(link), .password_hash = std::move(*hash), .now = now};
  auto user = co_await write(self, std::move(reset));
  if (user) self.let_out(user->id);
  co_return user;
}

// -- by what one holds ---------------------------------------------------------------------------

Accounts::Async<std::optional<Principal>> Accounts::by_session(std::string secret) const {
  return do_by_session(*this, std::move(secret));
}

Accounts::Async<std::optional<Principal>> Accounts::do_by_session(Accounts self,
                                                                  std::string secret) {
  std::string hash = secret_hash(secret);
  const std::int64_t now = self.now();
  auto find = [hash, now](db::Connection& db) { return find_session(db, hash, now); };
  auto session = co_await read(self, std::move(find));
  if (!session) co_return std::unexpected(std::move(session.error()));
  if (!*session) co_return std::nullopt;
  const std::int64_t expires_at =
      std::min(now + self.options().session_idle.count(), (*session)->ends_at);
  if (expires_at - (*session)->expires_at >= kUseResolution) {
    ProlongSession prolong{.token_hash = hash, .expires_at = expires_at};
    // Whoever may read may go on reading where nothing can be written at the moment.
    std::ignore = co_await write(self, std::move(prolong));
  }
  co_return Principal{.user = std::move((*session)->user),
                      .session_hash = std::move(hash),
                      .ends_at = (*session)->ends_at};
}

Accounts::Async<std::optional<Principal>> Accounts::by_bearer_token(std::string secret) const {
  return do_by_bearer_token(*this, std::move(secret));
}

Accounts::Async<std::optional<Principal>> Accounts::do_by_bearer_token(Accounts self,
                                                                       std::string secret) {
  if (!secret.starts_with(kApiTokenPrefix)) co_return std::nullopt;
  co_return co_await find_bearer_token(std::move(self), secret_hash(secret));
}

Accounts::Async<std::optional<Principal>> Accounts::find_bearer_token(Accounts self,
                                                                      std::string hash) {
  const std::int64_t now = self.now();
  auto find = [hash, now](db::Connection& db) { return find_bearer(db, hash, now); };
  auto bearer = co_await read(self, std::move(find));
  if (!bearer) co_return std::unexpected(std::move(bearer.error()));
  if (!*bearer) co_return std::nullopt;
  const ApiToken& token = (*bearer)->token;
  if (now - token.last_used_at.value_or(0) >= kUseResolution) {
    NoteApiTokenUse note{.id = token.id, .now = now};
    std::ignore = co_await write(self, note);
  }
  co_return Principal{.user = std::move((*bearer)->user),
                      .scopes = split_scopes(token.scopes),
                      .token_hash = std::move(hash),
                      .ends_at = token.expires_at};
}

template <class C>
Accounts::Async<typename C::Reply> Accounts::execute_and_tell(Accounts self, std::int64_t user_id,
                                                              C command) {
  auto done = co_await write(self, std::move(command));
  if (done) self.let_out(user_id);
  co_return done;
}

void Accounts::let_out(std::int64_t user_id) const {
  if (options().on_let_out) options().on_let_out(user_id);
}

Accounts::Async<void> Accounts::sign_out(Principal principal) const {
  return execute_and_tell(*this, principal.user.id,
                          DeleteSession{std::move(principal.session_hash)});
}

Accounts::Async<std::int64_t> Accounts::sign_out_everywhere(Principal principal) const {
  return execute_and_tell(*this, principal.user.id, DeleteSessions{principal.user.id});
}

// -- bearer tokens -------------------------------------------------------------------------------

Accounts::Async<NewApiToken> Accounts::create_api_token(std::int64_t user_id,
                                                        ApiTokenRequest request) const {
  return do_create_api_token(*this, user_id, std::move(request));
}

Accounts::Async<NewApiToken> Accounts::do_create_api_token(Accounts self, std::int64_t user_id,
                                                           ApiTokenRequest request) {
  std::string secret = std::string(kApiTokenPrefix) + new_secret();
  CreateApiToken create{.user_id = user_id,
                        .name = std::move(request.name),
                        .token_hash = secret_hash(secret),
                        .scopes = join_scopes(request.scopes),
                        .now = self.now(),
                        .expires_at = request.expires_at};
  auto token = co_await write(self, std::move(create));
  if (!token) co_return std::unexpected(std::move(token.error()));
  co_return NewApiToken{std::move(*token), std::move(secret)};
}

Accounts::Async<std::vector<ApiToken>> Accounts::list_api_tokens(std::int64_t user_id) const {
  auto list = [user_id](db::Connection& db) { return accounts::list_api_tokens(db, user_id); };
  return read(*this, std::move(list));
}

Accounts::Async<void> Accounts::revoke_api_token(std::int64_t user_id, std::int64_t id) const {
  return execute_and_tell(*this, user_id, RevokeApiToken{user_id, id});
}

// -- sockets -------------------------------------------------------------------------------------

std::string Accounts::socket_token(const Principal& principal) const {
  const bool by_session = principal.by_session();
  const auto& hash = by_session ? principal.session_hash : principal.token_hash;
  return keys().seal(KeyPurpose::socket_token,
                     std::string(1, by_session ? kBySession : kByToken).append(hash),
                     now() + kSocketTokenSeconds);
}

Accounts::Async<std::optional<Principal>> Accounts::by_connect_token(std::string token) const {
  return do_by_connect_token(*this, std::move(token));
}

Accounts::Async<std::optional<Principal>> Accounts::do_by_connect_token(Accounts self,
                                                                        std::string token) {
  if (token.starts_with(kApiTokenPrefix)) {
    auto principal = co_await find_bearer_token(std::move(self), secret_hash(token));
    const bool good = principal && *principal && (*principal)->has_scope(kUseSockets);
    if (principal && !good) co_return std::nullopt;
    co_return principal;
  }
  auto holder = self.keys().open(KeyPurpose::socket_token, token, self.now());
  if (!holder || holder->empty()) co_return std::nullopt;
  co_return co_await find_holder(std::move(self), *std::move(holder));
}

/// Who has what a socket's token was made with. Using the token does not prolong that.
Accounts::Async<std::optional<Principal>> Accounts::find_holder(Accounts self, std::string holder) {
  const char kind = holder.front();
  std::string hash = holder.substr(1);
  if (kind == kByToken) co_return co_await find_bearer_token(std::move(self), std::move(hash));
  if (kind != kBySession) co_return std::nullopt;
  auto find = [hash, now = self.now()](db::Connection& db) { return find_session(db, hash, now); };
  auto session = co_await read(self, std::move(find));
  if (!session) co_return std::unexpected(std::move(session.error()));
  if (!*session) co_return std::nullopt;
  co_return Principal{.user = std::move((*session)->user),
                      .session_hash = std::move(hash),
                      .ends_at = (*session)->ends_at};
}

}  // namespace coppice::app::accounts
