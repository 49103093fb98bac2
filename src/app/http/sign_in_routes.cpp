#include "app/http/sign_in_routes.hpp"

#include <tuple>
#include <utility>

#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

#include "actors/blocking_pool.hpp"
#include "actors/shard.hpp"
#include "app/accounts/secret.hpp"
#include "app/accounts/user_commands.hpp"
#include "app/http/answers.hpp"
#include "app/http/own_path.hpp"
#include "app/http/request_scope.hpp"
#include "app/outgoing/http_request.hpp"
#include "app/tracing/request_trace.hpp"
#include "db/codec.hpp"
#include "net/http/cookie.hpp"

namespace coppice::app::http {
namespace {

using accounts::KeyPurpose;
using actors::Errc;
using actors::Result;
using actors::Task;
using net::Awaitable;
using net::http::RequestPtr;
using net::http::Response;
using net::http::Status;
using ProviderPtr = std::shared_ptr<oidc::Provider>;

constexpr std::string_view kCookieName = "_coppice_sign_in";
constexpr std::chrono::seconds kSignInTime(600);
constexpr auto kSignInTimeout = std::chrono::seconds(40);

/// What a browser carries to a provider and back, sealed.
struct SignInState {
  std::string provider;
  std::string state;
  std::string nonce;
  std::string code_verifier;
  std::string return_to;

  auto fields(this auto& self) {
    return std::tie(self.provider, self.state, self.nonce, self.code_verifier, self.return_to);
  }
};

ProviderPtr find_provider(const SignInContext& context, std::string_view name) {
  for (const auto& provider : context.providers) {
    if (provider->settings().name == name) return provider;
  }
  return nullptr;
}

net::http::CookieOptions cookie_options(const SignInContext& context,
                                        std::chrono::seconds max_age) {
  // Lax, as it comes back with a navigation from the provider's site.
  return {.path = "/",
          .domain = {},
          .max_age = max_age,
          .same_site = net::http::SameSite::lax,
          .secure = context.accounts->session.secure,
          .http_only = true};
}

Response redirect(std::string_view to) {
  auto response = Response::empty(Status::see_other);
  response.headers.add("location", to);
  response.headers.add("cache-control", "no-store");
  return response;
}

/// For a person in front of a browser.
Response refused(const SignInContext& context, Status status, std::string_view why) {
  auto response = Response::text(status, "You are not signed in: " + std::string(why) + ".\n");
  response.headers.add("set-cookie",
                       net::http::set_cookie(kCookieName, "", cookie_options(context, {})));
  response.headers.add("cache-control", "no-store");
  return response;
}

Response wait_first(const SignInContext& context, actors::Duration wait) {
  auto response = refused(context, Status::too_many_requests, "too many attempts; wait");
  response.headers.add("retry-after", retry_after(wait));
  return response;
}

std::string return_to(const SignInContext& context, const net::http::Request& request) {
  const auto* value = request.query.find("return_to");
  const std::string* path = value == nullptr ? nullptr : value->string();
  if (path == nullptr) return context.after;
  return own_path(*path).value_or(context.after);
}

/// Empty also for one that is given twice: RFC 6749 forbids it (3.1), and nobody can tell which is
/// meant.
std::string text_parameter(const net::http::Request& request, std::string_view name) {
  if (request.query.times(name) != 1) return {};
  const auto* value = request.query.find(name);
  const std::string* text = value == nullptr ? nullptr : value->string();
  return text == nullptr ? std::string() : *text;
}

/// Runs what blocks on one of the runtime's threads for that.
template <class Work>
Task<std::invoke_result_t<Work&>> blocking(Work work) {
  auto done = co_await actors::blocking(std::move(work), kSignInTimeout);
  if (!done) co_return std::unexpected(std::move(done.error()));
  co_return std::move(*done);
}

constexpr std::string_view kAskSpan = "ask the provider";
constexpr std::string_view kProvider = "coppice.provider";

Task<Result<oidc::MetadataPtr>> find_metadata(ProviderPtr provider, tracing::TrailPtr trail) {
  tracing::ScopedSpan span(trail, kAskSpan, tracing::SpanKind::client);
  span.note(kProvider, provider->settings().name);
  co_return co_await provider->discovery().metadata(tracing::trace_headers(span.trail()));
}

// -- there ---------------------------------------------------------------------------------------

Awaitable<Response> begin(SignInContextPtr context, RequestPtr request) {
  const auto provider = find_provider(*context, request->path_param("provider"));
  if (!provider) co_return Response::error(Status::not_found);
  const auto now = actors::Shard::current()->now();
  const auto& limits = context->accounts->limits;
  if (const auto limit = limits->admit_link(request->client, now)) {
    co_return wait_first(*context, *limit);
  }
  auto task = find_metadata(provider, tracing::trail_of(*request));
  const auto known =
      co_await db::run_task<oidc::MetadataPtr>(std::move(task), kSignInTimeout, kAwait);
  // The log has heard why.
  if (!known) co_return refused(*context, Status::bad_gateway, "the provider does not answer");
  limits->link_was_good(request->client);
  const auto secrets = oidc::new_sign_in_secrets();
  const SignInState state{.provider = provider->settings().name,
                          .state = secrets.state,
                          .nonce = secrets.nonce,
                          .code_verifier = secrets.code_verifier,
                          .return_to = return_to(*context, *request)};
  const auto& accounts = context->accounts->accounts;
  const auto sealed = accounts.keys().seal(KeyPurpose::sign_in_state, db::to_bytes(state),
                                           accounts.now() + kSignInTime.count());
  auto response = redirect(provider->sign_in_url(**known, secrets));
  response.headers.add("set-cookie", net::http::set_cookie(kCookieName, sealed,
                                                           cookie_options(*context, kSignInTime)));
  co_return response;
}

// -- and back ------------------------------------------------------------------------------------

/// What the browser carries, if it is the one that was sent there.
std::optional<SignInState> carried_state(const SignInContext& context,
                                         const net::http::Request& request,
                                         const std::string& provider) {
  const auto sealed = net::http::cookie(request, kCookieName);
  if (!sealed) return std::nullopt;
  const auto& accounts = context.accounts->accounts;
  const auto bytes = accounts.keys().open(KeyPurpose::sign_in_state, *sealed, accounts.now());
  if (!bytes) return std::nullopt;
  auto state = db::from_bytes<SignInState>(*bytes);
  if (!state || state->provider != provider) return std::nullopt;
  const auto said = text_parameter(request, "state");
  if (!accounts::equal_in_constant_time(state->state, said)) return std::nullopt;
  return std::move(*state);
}

/// Whom the provider vouches for.
Task<Result<oidc::Identity>> redeem(ProviderPtr provider, std::string code, SignInState state,
                                    std::int64_t now, tracing::TrailPtr trail) {
  tracing::ScopedSpan span(trail, kAskSpan, tracing::SpanKind::client);
  span.note(kProvider, provider->settings().name);
  auto headers = tracing::trace_headers(span.trail());
  const oidc::SignInSecrets secrets{
      .state = state.state, .nonce = state.nonce, .code_verifier = state.code_verifier};
  auto known = co_await provider->discovery().metadata(headers);
  if (!known) co_return std::unexpected(std::move(known.error()));
  auto work = [provider, metadata = std::move(*known), secrets, code = std::move(code), now,
               headers = std::move(headers)] {
    const outgoing::HeadersForAll passed_on(headers);
    return provider->redeem(*metadata, code, secrets, now);
  };
  co_return co_await blocking(std::move(work));
}

/// They become a user with a session.
Task<Result<accounts::SignedIn>> sign_in(SignInContextPtr context, ProviderPtr provider,
                                         std::string code, SignInState state,
                                         tracing::TrailPtr trail) {
  const auto accounts = context->accounts->accounts.traced(trail);
  auto identity =
      co_await redeem(provider, std::move(code), std::move(state), accounts.now(), trail);
  if (!identity) co_return std::unexpected(std::move(identity.error()));
  accounts::FieldProblems problems;
  accounts::check_email(problems, identity->email);
  accounts::SignInWithIdentity who{.issuer = provider->settings().issuer,
                                   .subject = std::move(identity->subject),
                                   .email = problems.empty() ? std::move(identity->email) : "",
                                   .name = std::move(identity->name),
                                   .may_create = context->may_create,
                                   .now = accounts.now()};
  auto user = co_await accounts.run(std::move(who));
  if (!user) co_return std::unexpected(std::move(user.error()));
  co_return co_await accounts.begin_session(std::move(*user));
}

Response explain(const SignInContext& context, const oidc::Provider& provider,
                 const net::http::Request& request, const actors::Error& error) {
  const LogScope about(lines_about(request));
  SPDLOG_WARN("sign-in with {}: {}", provider.settings().name, error.message());
  if (error == Errc::forbidden) return refused(context, Status::forbidden, error.context);
  if (error == Errc::unauthorized) {
    return refused(context, Status::unauthorized, "what the provider says can't be trusted");
  }
  return refused(context, Status::bad_gateway, "the provider does not answer");
}

Awaitable<Response> finish(SignInContextPtr context, ProviderPtr provider, RequestPtr request) {
  auto state = carried_state(*context, *request, provider->settings().name);
  if (!state) {
    co_return refused(*context, Status::bad_request,
                      "this sign-in was not begun in this browser, or too long ago; begin again");
  }
  if (const auto error = text_parameter(*request, "error"); !error.empty()) {
    co_return refused(*context, Status::forbidden, "the provider refused");
  }
  const auto now = actors::Shard::current()->now();
  if (const auto limit = context->accounts->limits->admit_link(request->client, now)) {
    co_return wait_first(*context, *limit);
  }
  std::string to = state->return_to;
  auto task = sign_in(context, provider, text_parameter(*request, "code"), std::move(*state),
                      tracing::trail_of(*request));
  const auto signed_in =
      co_await db::run_task<accounts::SignedIn>(std::move(task), kSignInTimeout, kAwait);
  if (!signed_in) co_return explain(*context, *provider, *request, signed_in.error());
  context->accounts->limits->link_was_good(request->client);
  auto response = redirect(to);
  response.headers.add("set-cookie", session_cookie(*context->accounts, signed_in->secret));
  response.headers.add("set-cookie",
                       net::http::set_cookie(kCookieName, "", cookie_options(*context, {})));
  co_return response;
}

/// A route for each provider's callback, as it was told to the provider.
net::http::Routes callbacks(const SignInContextPtr& context) {
  std::vector<net::http::Route> routes;
  for (const auto& provider : context->providers) {
    auto path = oidc::callback_path(provider->settings().redirect_uri);
    if (!path) continue;  // refused with the configuration
    net::http::Handler handler = [context, provider](RequestPtr request) {
      return finish(context, provider, std::move(request));
    };
    routes.push_back(net::http::get(
        std::move(*path), std::move(handler),
        {.summary = "Where " + provider->settings().name + " sends people back to"}));
  }
  return routes;
}

}  // namespace

SignInContextPtr sign_in_context(const AccountContextPtr& accounts, const SignInConfig& config) {
  std::vector<ProviderPtr> providers;
  for (const auto& settings : config.providers) {
    providers.push_back(std::make_shared<oidc::Provider>(settings));
  }
  return std::make_shared<const SignInContext>(accounts, std::move(providers), config.may_create,
                                               config.after);
}

net::http::Routes sign_in_routes(const SignInContextPtr& context) {
  net::http::Handler handler = [context](RequestPtr request) {
    return begin(context, std::move(request));
  };
  return {
      net::http::get("/auth/:provider", std::move(handler),
                     {.summary = "Sign in with an OpenID Connect provider"}),
      context ? callbacks(context) : net::http::Routes(),
  };
}

}  // namespace coppice::app::http
