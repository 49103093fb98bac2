#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "app/account_config.hpp"
#include "app/accounts/accounts.hpp"
#include "app/http/same_site.hpp"
#include "app/http/sign_in_limits.hpp"
#include "app/log_limit.hpp"
#include "app/mail/mailer.hpp"
#include "net/http/plug.hpp"

namespace coppice::app::http {

/// What the routes of accounts work with. Shared by all shards; constant but for the limits.
struct AccountContext {
  accounts::Accounts accounts;
  SessionConfig session;
  SameSitePolicy same_site;
  std::shared_ptr<mail::Mailer::Slot> mailer;
  std::shared_ptr<LogLimit> failure_log;  ///< The API's, for requests that failed.
  std::shared_ptr<mail::MailRecord> mails = std::make_shared<mail::MailRecord>();
  std::shared_ptr<SignInLimits> limits = std::make_shared<SignInLimits>();
};
using AccountContextPtr = std::shared_ptr<const AccountContext>;

/// Finds out who makes the request, from `authorization: Bearer …` or from the session's cookie,
/// and leaves them for current_principal(). Who says nothing, or has a session that is over, is
/// nobody; a bearer token that is not valid is answered 401.
///
/// A request by cookie that may change something needs the session's token in `x-csrf-token`, and
/// must not come from a page of another site; else it is answered 403.
[[nodiscard]] net::http::Plug fetch_principal(AccountContextPtr context);

/// Who makes the request; null for nobody. Behind fetch_principal().
[[nodiscard]] const accounts::Principal* current_principal(
    const net::http::Request& request) noexcept;

/// These answer 401 to nobody, and 403 to whom may not.
[[nodiscard]] net::http::Plug require_user();
[[nodiscard]] net::http::Plug require_role(accounts::Role role);
/// Of a bearer token: a session is good for everything.
[[nodiscard]] net::http::Plug require_scope(std::string_view scope);
/// For what no bearer token is good for, such as making others.
[[nodiscard]] net::http::Plug require_session();

/// What the cookie is called that holds a session's secret, sealed. Where it is for this host
/// alone, over HTTPS, its name has the prefix with which browsers see to that: no other host of the
/// domain can plant one.
[[nodiscard]] std::string_view session_cookie_name(const SessionConfig& session) noexcept;

/// The Set-Cookie header of a session that has begun, and of one that has ended.
[[nodiscard]] std::string session_cookie(const AccountContext& context, const std::string& secret);
[[nodiscard]] std::string no_session_cookie(const AccountContext& context);

/// What `x-csrf-token` must be for a session. A page of another site can neither read nor make it.
[[nodiscard]] std::string csrf_token(const AccountContext& context,
                                     const std::string& session_hash);

}  // namespace coppice::app::http
