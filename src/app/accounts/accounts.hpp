#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/result.hpp"
#include "actors/task.hpp"
#include "app/accounts/api_token_request.hpp"
#include "app/accounts/hashers.hpp"
#include "app/accounts/key_ring.hpp"
#include "app/accounts/principal.hpp"
#include "app/accounts/read_accounts.hpp"
#include "app/tracing/scoped_span.hpp"
#include "db/database.hpp"

namespace coppice::app::accounts {

struct AccountsOptions {
  std::chrono::seconds session_idle = std::chrono::days(14);   ///< Unused for that long: it ends.
  std::chrono::seconds session_limit = std::chrono::days(60);  ///< However much it is used.
  HashCost hash_cost{};
  std::size_t hash_threads = 2;
  /// Seconds since 1970. Thread: any.
  std::function<std::int64_t()> clock = [] {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
  /// Something that let this user in does so no more: a session or token that has ended, another
  /// password, another role. Called after the commit. Thread: any; must not throw.
  std::function<void(std::int64_t user_id)> on_let_out{};
};

/// A session that has just begun.
struct SignedIn {
  User user;
  std::string secret;  ///< What the session is known by; for the cookie alone.
};

/// A bearer token that has just been made.
struct NewApiToken {
  ApiToken token;
  std::string secret;  ///< Shown once; only its hash is stored.
};

/// Who is who, and what lets them in. A cheap handle: copies mean the same accounts.
///
/// Each is a task for an actor's code; Asio code runs it with db::run_task.
///
/// Errors of all: those of the database, and of Hashers where a password is concerned.
/// Thread: any.
class Accounts {
 public:
  template <class T>
  using Async = actors::Task<actors::Result<T>>;

  Accounts(db::Database database, std::shared_ptr<const KeyRing> keys,
           AccountsOptions options = {});

  /// The same, asked for somebody who has a trace: what the database is waited for is in it.
  [[nodiscard]] Accounts traced(tracing::TrailPtr trail) const;

  /// Runs a command of the accounts that has no function of its own here.
  template <db::CommandType C>
  [[nodiscard]] Async<typename C::Reply> run(C command) const {
    return write(*this, std::move(command));
  }

  // -- with a password ---------------------------------------------------------------------------
  /// Begins a session. Takes as long for an address that nobody has.
  /// Errors: unauthorized, the same for whatever was wrong.
  [[nodiscard]] Async<SignedIn> sign_in(std::string email, std::string password) const;

  /// Begins a session for somebody whom somebody else vouches for.
  [[nodiscard]] Async<SignedIn> begin_session(User user) const;

  /// Sets another password, ends all other sessions, and revokes all bearer tokens.
  /// Errors: unauthorized when @p current isn't the password, or there is none.
  [[nodiscard]] Async<void> change_password(Principal principal, std::string current,
                                            std::string next) const;

  /// Sets a password with a link's secret, once, ends all sessions, and revokes all bearer tokens.
  /// Errors: not_found for a link that has been used or has expired.
  [[nodiscard]] Async<User> reset_password(std::string secret, std::string password) const;

  /// What is stored of a password.
  [[nodiscard]] Async<std::string> hash_password(std::string password) const {
    return shared_->hashers.hash(std::move(password));
  }

  // -- by what one holds -------------------------------------------------------------------------
  /// Whom a session's secret stands for; nothing if it is over. Prolongs it.
  [[nodiscard]] Async<std::optional<Principal>> by_session(std::string secret) const;
  [[nodiscard]] Async<std::optional<Principal>> by_bearer_token(std::string secret) const;

  [[nodiscard]] Async<void> sign_out(Principal principal) const;
  /// Ends all sessions of the user; gives their number. Bearer tokens stay.
  [[nodiscard]] Async<std::int64_t> sign_out_everywhere(Principal principal) const;

  // -- bearer tokens -----------------------------------------------------------------------------
  /// Errors: conflict for a name that is taken; too_large for a user with too many.
  [[nodiscard]] Async<NewApiToken> create_api_token(std::int64_t user_id,
                                                    ApiTokenRequest request) const;
  [[nodiscard]] Async<std::vector<ApiToken>> list_api_tokens(std::int64_t user_id) const;
  /// Errors: not_found.
  [[nodiscard]] Async<void> revoke_api_token(std::int64_t user_id, std::int64_t id) const;

  // -- sockets -----------------------------------------------------------------------------------
  /// A token that a page passes as a socket's connect parameter, since browsers send neither
  /// headers nor, to other sites, cookies with it. Good for a few minutes, and no longer than the
  /// session or bearer token that it was made with.
  [[nodiscard]] std::string socket_token(const Principal& principal) const;
  /// Whom a token lets connect: one of socket_token(), or a bearer token with the scope for it.
  /// Nothing for one that is not ours, has expired, or whose user may not sign in any more.
  [[nodiscard]] Async<std::optional<Principal>> by_connect_token(std::string token) const;

  /// Tells AccountsOptions::on_let_out.
  void let_out(std::int64_t user_id) const;

  [[nodiscard]] const KeyRing& keys() const noexcept { return *shared_->keys; }
  [[nodiscard]] const AccountsOptions& options() const noexcept { return shared_->options; }
  [[nodiscard]] const db::Database& database() const noexcept { return shared_->database; }
  [[nodiscard]] std::int64_t now() const { return shared_->options.clock(); }

  /// The supervisor `accounts`.
  [[nodiscard]] supervisor::ChildSpec child() const;

 private:
  struct Shared {
    db::Database database;
    std::shared_ptr<const KeyRing> keys;
    AccountsOptions options;
    Hashers hashers;
  };
  static constexpr auto kDatabaseTimeout = std::chrono::seconds(5);

  // All that the accounts ask of the database goes through these two.
  template <db::ReadFunction F>
  static Async<db::ReadValue<F>> read(Accounts self, F find) {
    const tracing::ScopedSpan span(self.trail_, "read");
    co_return co_await self.database().read(std::move(find), kDatabaseTimeout);
  }
  template <db::CommandType C>
  static Async<typename C::Reply> write(Accounts self, C command) {
    tracing::ScopedSpan span(self.trail_, "write");
    span.note("coppice.command", std::string(C::kName));
    auto call = db::to_command(command);
    call.trace = span.passed_on();
    auto reply = co_await self.database().execute(std::move(call), kDatabaseTimeout);
    if (!reply) co_return std::unexpected(std::move(reply.error()));
    span.note("coppice.position", db::to_string(reply->position));
    co_return db::reply_of<C>(reply->value);
  }

  static Async<SignedIn> do_sign_in(Accounts self, std::string email, std::string password);
  static Async<SignedIn> do_begin_session(Accounts self, User user);
  static Async<void> do_change_password(Accounts self, Principal principal, std::string current,
                                        std::string next);
  static Async<User> do_reset_password(Accounts self, std::string secret, std::string password);
  static Async<std::optional<Principal>> do_by_session(Accounts self, std::string secret);
  static Async<std::optional<Principal>> do_by_bearer_token(Accounts self, std::string secret);
  static Async<NewApiToken> do_create_api_token(Accounts self, std::int64_t user_id,
                                                ApiTokenRequest request);
  static Async<std::optional<Principal>> do_by_connect_token(Accounts self, std::string token);
  static Async<std::optional<Principal>> find_holder(Accounts self, std::string holder);
  static Async<std::optional<Principal>> find_bearer_token(Accounts self, std::string hash);
  template <class C>
  static Async<typename C::Reply> execute_and_tell(Accounts self, std::int64_t user_id, C command);
  static Async<Verdict> check(Accounts self, std::optional<Credentials> credentials,
                              std::string password);
  static actors::Task<void> refresh_hash(Accounts self, Credentials credentials,
                                         std::string password);

  std::shared_ptr<const Shared> shared_;
  tracing::TrailPtr trail_;  // of whoever asks; null without a trace
};

}  // namespace coppice::app::accounts
