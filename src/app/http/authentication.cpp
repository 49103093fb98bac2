#include "app/http/authentication.hpp"

#include <optional>
#include <utility>

#include <boost/asio/use_awaitable.hpp>

#include "app/http/answers.hpp"
#include "app/http/bearer_token.hpp"
#include "app/tracing/request_trace.hpp"
#include "net/http/cookie.hpp"

namespace coppice::app::http {
namespace {

using accounts::KeyPurpose;
using accounts::Principal;
using accounts::Role;
using net::Awaitable;
using net::http::Method;
using net::http::Plug;
using net::http::Request;
using net::http::Response;
using net::http::Status;
using Answer = std::optional<Response>;

constexpr auto kPrincipalTimeout = std::chrono::seconds(10);
constexpr std::string_view kSessionCookie = "_coppice_session";
constexpr std::string_view kHostSessionCookie = "__Host-_coppice_session";

net::http::CookieOptions cookie_options(const SessionConfig& session,
                                        std::chrono::seconds max_age) {
  return {.path = "/",
          .domain = session.domain,
          .max_age = max_age,
          .same_site = session.same_site,
          .secure = session.secure,
          .http_only = true};
}

std::optional<std::string> session_secret(const AccountContext& context, const Request& request) {
  const auto sealed = net::http::cookie(request, session_cookie_name(context.session));
  if (!sealed) return std::nullopt;
  const auto& accounts = context.accounts;
  return accounts.keys().open(KeyPurpose::session_cookie, *sealed, accounts.now());
}

bool changes_nothing(Method method) {
  return method == Method::get || method == Method::head || method == Method::options;
}

Response refused_token() {
  auto response = Response::error(Status::unauthorized, "this token is not valid");
  response.headers.add("www-authenticate", R"(Bearer error="invalid_token")");
  return response;
}

Response unauthorized() {
  auto response = Response::error(Status::unauthorized);
  response.headers.add("www-authenticate", "Bearer");
  return response;
}

/// Whether a page of another site may have made the browser send this.
Answer check_forgery(const AccountContext& context, const Request& request,
                     const Principal& principal) {
  if (changes_nothing(request.method)) return std::nullopt;
  if (!context.same_site.allows(request)) {
    return Response::error(Status::forbidden, "pages of other sites may not do this");
  }
  const auto token = request.header("x-csrf-token").value_or("");
  const auto& keys = context.accounts.keys();
  if (keys.verify(KeyPurpose::csrf_token, principal.session_hash, token)) return std::nullopt;
  return Response::error(Status::forbidden,
                         "x-csrf-token must be the csrf_token that GET /api/me gives");
}

Awaitable<Answer> by_bearer_token(AccountContextPtr context, std::shared_ptr<Request> request,
                                  std::string token) {
  const tracing::ScopedSpan span(*request, "authenticate", tracing::ScopedSpan::Within::request);
  auto task = context->accounts.by_bearer_token(std::move(token));
  auto principal =
      co_await db::run_task<std::optional<Principal>>(std::move(task), kPrincipalTimeout, kAwait);
  if (!principal) co_return failed(*context->failure_log, *request, principal.error());
  if (!*principal) co_return refused_token();
  request->assigns.set(std::move(**principal));
  co_return std::nullopt;
}

Awaitable<Answer> by_session(AccountContextPtr context, std::shared_ptr<Request> request,
                             std::string secret) {
  const tracing::ScopedSpan span(*request, "authenticate", tracing::ScopedSpan::Within::request);
  auto task = context->accounts.by_session(std::move(secret));
  auto principal =
      co_await db::run_task<std::optional<Principal>>(std::move(task), kPrincipalTimeout, kAwait);
  if (!principal) co_return failed(*context->failure_log, *request, principal.error());
  if (!*principal) co_return std::nullopt;
  if (auto forged = check_forgery(*context, *request, **principal)) co_return forged;
  request->assigns.set(std::move(**principal));
  co_return std::nullopt;
}

Awaitable<Answer> fetch(AccountContextPtr context, std::shared_ptr<Request> request) {
  if (request->malformed) co_return std::nullopt;
  if (auto token = bearer_token(*request)) {
    co_return co_await by_bearer_token(std::move(context), std::move(request), std::move(*token));
  }
  if (auto secret = session_secret(*context, *request)) {
    co_return co_await by_session(std::move(context), std::move(request), std::move(*secret));
  }
  co_return std::nullopt;
}

/// A plug that lets pass whom @p may says may.
template <class May>
Plug require(std::string name, May may) {
  return {.name = std::move(name), .before = [may = std::move(may)](Request& request) -> Answer {
            const auto* principal = current_principal(request);
            if (principal == nullptr) return unauthorized();
            return may(*principal);
          }};
}

}  // namespace

Plug fetch_principal(AccountContextPtr context) {
  return {.name = "principal",
          .before =
              Plug::AwaitedBefore([context = std::move(context)](std::shared_ptr<Request> request) {
                return fetch(context, std::move(request));
              })};
}

const Principal* current_principal(const Request& request) noexcept {
  return request.assigns.get<Principal>();
}

Plug require_user() {
  return require("user", [](const Principal& /*principal*/) -> Answer { return std::nullopt; });
}

Plug require_role(Role role) {
  return require(std::string(to_string(role)), [role](const Principal& principal) -> Answer {
    if (principal.has_role(role)) return std::nullopt;
    return Response::error(Status::forbidden,
                           "this needs the role " + std::string(to_string(role)));
  });
}

Plug require_scope(std::string_view scope) {
  return require(
      std::string(scope), [scope = std::string(scope)](const Principal& principal) -> Answer {
        if (principal.has_scope(scope)) return std::nullopt;
        auto response = Response::error(Status::forbidden, "this token is not good for " + scope);
        response.headers.add("www-authenticate",
                             R"(Bearer error="insufficient_scope", scope=")" + scope + "\"");
        return response;
      });
}

Plug require_session() {
  return require("session", [](const Principal& principal) -> Answer {
    if (principal.by_session()) return std::nullopt;
    return Response::error(Status::forbidden, "this needs a session, not a token");
  });
}

std::string_view session_cookie_name(const SessionConfig& session) noexcept {
  // Browsers drop a cookie with the prefix that has a domain, or could go over plain HTTP.
  const bool is_of_one_host = session.secure && session.domain.empty();
  return is_of_one_host ? kHostSessionCookie : kSessionCookie;
}

std::string session_cookie(const AccountContext& context, const std::string& secret) {
  const auto& accounts = context.accounts;
  const auto lasts = accounts.options().session_limit;
  const auto sealed =
      accounts.keys().seal(KeyPurpose::session_cookie, secret, accounts.now() + lasts.count());
  return net::http::set_cookie(session_cookie_name(context.session), sealed,
                               cookie_options(context.session, lasts));
}

std::string no_session_cookie(const AccountContext& context) {
  return net::http::set_cookie(session_cookie_name(context.session), "",
                               cookie_options(context.session, std::chrono::seconds(0)));
}

std::string csrf_token(const AccountContext& context, const std::string& session_hash) {
  return context.accounts.keys().sign(KeyPurpose::csrf_token, session_hash);
}

}  // namespace coppice::app::http
