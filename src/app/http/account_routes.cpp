#include "app/http/account_routes.hpp"

#include <charconv>
#include <utility>

#include <boost/asio/use_awaitable.hpp>

#include "actors/shard.hpp"
#include "app/accounts/account_json.hpp"
#include "app/accounts/account_mail.hpp"
#include "app/accounts/secret.hpp"
#include "app/http/account_schema.hpp"
#include "app/http/answers.hpp"
#include "app/http/json_body.hpp"
#include "app/mail/outbox.hpp"
#include "app/tracing/request_trace.hpp"

namespace coppice::app::http {
namespace {

using accounts::Principal;
using accounts::User;
using actors::Errc;
using actors::Result;
using content::JsonWriter;
using net::Awaitable;
using net::http::Method;
using net::http::Request;
using net::http::RequestPtr;
using net::http::Response;
using net::http::Status;

constexpr auto kRequestTimeout = std::chrono::seconds(30);
constexpr std::size_t kMostBodyBytes = 16'384;

/// A task of the accounts', for connection code.
template <class T>
auto wait(actors::Task<Result<T>> task) {
  return db::run_task<T>(std::move(task), kRequestTimeout, kAwait);
}

const Principal& principal_of(const Request& request) { return *current_principal(request); }

Response too_many(actors::Duration wait) {
  auto response = Response::error(Status::too_many_requests);
  response.headers.add("retry-after", retry_after(wait));
  return response;
}

Response no_content() { return Response::empty(Status::no_content); }

/// A refusal is for the client to know. What of our own failed is the log's business.
Response refused_or_failed(const AccountContext& context, const Request& request,
                           const actors::Error& error) {
  const bool refused =
      error == Errc::unauthorized || error == Errc::forbidden || error == Errc::not_found;
  if (refused) return Response::error(error);
  return http::failed(*context.failure_log, request, error);
}

/// Answers that are about one person are nobody else's.
Response personal(Status status, JsonWriter json) {
  auto response = Response::json(status, std::move(json).take());
  response.headers.set("cache-control", "no-store");
  return response;
}

Response me(const AccountContext& context, Status status, const Principal& principal) {
  JsonWriter json;
  json.begin_object().key("data");
  write_json(json, principal.user);
  if (principal.by_session()) {
    json.key("csrf_token").string(csrf_token(context, principal.session_hash));
  } else {
    json.key("scopes").strings(principal.scopes);
  }
  json.end_object();
  return personal(status, std::move(json));
}

// -- sessions ------------------------------------------------------------------------------------

Awaitable<Response> sign_in(AccountContextPtr context, RequestPtr request) {
  if (!context->same_site.allows(*request)) {
    co_return Response::error(Status::forbidden, "pages of other sites may not do this");
  }
  auto form = JsonBody::parse(*request);
  if (!form) co_return Response::error(form.error());
  form->refuse_others({"email", "password"});
  const std::string email = accounts::normalized_email(form->text("email"));
  std::string password = form->text("password");
  if (!form->problems().empty()) co_return invalid(form->problems());
  const auto now = actors::Shard::current()->now();
  if (const auto limit = context->limits->admit_sign_in(email, request->client, now)) {
    co_return too_many(*limit);
  }
  auto signed_in = co_await wait(context->accounts.sign_in(email, std::move(password)));
  if (!signed_in && signed_in.error() != Errc::unauthorized) {
    context->limits->take_back_sign_in(email, request->client);
  }
  if (!signed_in) co_return refused_or_failed(*context, *request, signed_in.error());
  context->limits->signed_in(email, request->client);
  const Principal principal{.user = std::move(signed_in->user),
                            .session_hash = accounts::secret_hash(signed_in->secret),
                            .scopes = {}};
  auto response = me(*context, Status::created, principal);
  response.headers.add("set-cookie", session_cookie(*context, signed_in->secret));
  co_return response;
}

Response ended(const AccountContext& context) {
  auto response = no_content();
  response.headers.add("set-cookie", no_session_cookie(context));
  return response;
}

Awaitable<Response> sign_out(AccountContextPtr context, RequestPtr request) {
  const auto done = co_await wait(context->accounts.sign_out(principal_of(*request)));
  co_return done ? ended(*context) : refused_or_failed(*context, *request, done.error());
}

Awaitable<Response> sign_out_everywhere(AccountContextPtr context, RequestPtr request) {
  const auto done = co_await wait(context->accounts.sign_out_everywhere(principal_of(*request)));
  co_return done ? ended(*context) : refused_or_failed(*context, *request, done.error());
}

// -- passwords -----------------------------------------------------------------------------------

Awaitable<Response> change_password(AccountContextPtr context, RequestPtr request) {
  auto form = JsonBody::parse(*request);
  if (!form) co_return Response::error(form.error());
  form->refuse_others({"current_password", "password"});
  std::string current = form->text("current_password");
  std::string next = form->text("password");
  if (form->problems().empty()) accounts::check_password(form->problems(), "password", next);
  if (!form->problems().empty()) co_return invalid(form->problems());
  const Principal& principal = principal_of(*request);
  const auto now = actors::Shard::current()->now();
  const auto& email = principal.user.email;
  if (const auto limit = context->limits->admit_sign_in(email, request->client, now)) {
    co_return too_many(*limit);
  }
  const auto changed = co_await wait(
      context->accounts.change_password(principal, std::move(current), std::move(next)));
  if (!changed && changed.error() == Errc::unauthorized) {
    co_return invalid({{"current_password", "is not valid", {}, 0}});
  }
  if (!changed) {
    context->limits->take_back_sign_in(email, request->client);
    co_return refused_or_failed(*context, *request, changed.error());
  }
  context->limits->signed_in(email, request->client);
  co_return no_content();
}

/// The same answer, after the same work, whether or not there is an account: the mailer finds out.
Awaitable<Response> request_reset(AccountContextPtr context, RequestPtr request) {
  auto form = JsonBody::parse(*request);
  if (!form) co_return Response::error(form.error());
  form->refuse_others({"email"});
  std::string email = accounts::normalized_email(form->text("email"));
  if (form->problems().empty()) accounts::check_email(form->problems(), email);
  if (!form->problems().empty()) co_return invalid(form->problems());
  const auto now = actors::Shard::current()->now();
  if (const auto limit = context->limits->admit_mail(email, request->client, now)) {
    co_return too_many(*limit);
  }
  mail::RequestMail mail{.kind = std::string(accounts::kResetMail),
                         .recipient = std::move(email),
                         .now = context->accounts.now()};
  const auto promised = co_await wait(context->accounts.run(std::move(mail)));
  if (!promised) co_return refused_or_failed(*context, *request, promised.error());
  // Without it, the mailer sees the mail at its next look.
  if (const auto mailer = context->mailer->get()) mailer->cast(mail::Mailer::Wake{}).ignore();
  co_return Response::json(Status::accepted, R"({"data":{"sent_if_known":true}})");
}

Awaitable<Response> reset_password(AccountContextPtr context, RequestPtr request) {
  auto form = JsonBody::parse(*request);
  if (!form) co_return Response::error(form.error());
  form->refuse_others({"token", "password"});
  std::string token = form->text("token");
  std::string password = form->text("password");
  if (form->problems().empty()) accounts::check_password(form->problems(), "password", password);
  if (!form->problems().empty()) co_return invalid(form->problems());
  const auto now = actors::Shard::current()->now();
  if (const auto limit = context->limits->admit_link(request->client, now)) {
    co_return too_many(*limit);
  }
  const auto reset =
      co_await wait(context->accounts.reset_password(std::move(token), std::move(password)));
  if (!reset && reset.error() == Errc::not_found) {
    co_return invalid({{"token", "has been used or has expired", {}, 0}});
  }
  if (!reset) co_return refused_or_failed(*context, *request, reset.error());
  context->limits->link_was_good(request->client);
  co_return no_content();
}

// -- bearer tokens -------------------------------------------------------------------------------

Awaitable<Response> list_tokens(AccountContextPtr context, RequestPtr request) {
  const auto id = principal_of(*request).user.id;
  const auto tokens = co_await wait(context->accounts.list_api_tokens(id));
  if (!tokens) co_return refused_or_failed(*context, *request, tokens.error());
  JsonWriter json;
  json.begin_object().key("data").begin_array();
  for (const auto& token : *tokens) write_json(json, token);
  json.end_array().end_object();
  co_return personal(Status::ok, std::move(json));
}

Awaitable<Response> create_token(AccountContextPtr context, RequestPtr request) {
  auto form = JsonBody::parse(*request);
  if (!form) co_return Response::error(form.error());
  form->refuse_others({"name", "scopes", "days"});
  std::string name = form->text("name");
  auto scopes = form->texts("scopes");
  const auto days = form->integer("days", accounts::kDefaultTokenDays);
  if (!form->problems().empty()) co_return invalid(form->problems());
  auto wanted = accounts::api_token_request(std::move(name), std::move(scopes), days,
                                            context->accounts.now());
  if (!wanted) co_return invalid(wanted.error());
  const auto id = principal_of(*request).user.id;
  const auto made = co_await wait(context->accounts.create_api_token(id, std::move(*wanted)));
  if (!made && made.error() == Errc::conflict) {
    co_return invalid({{"name", std::string(content::kTaken), {}, 0}});
  }
  if (!made && made.error() == Errc::too_large) {
    co_return Response::error(Status::conflict, made.error().context);
  }
  if (!made) co_return refused_or_failed(*context, *request, made.error());
  JsonWriter json;
  json.begin_object().key("data");
  write_json(json, made->token);
  json.key("secret").string(made->secret).end_object();
  co_return personal(Status::created, std::move(json));
}

Awaitable<Response> revoke_token(AccountContextPtr context, RequestPtr request) {
  const auto written = request->path_param("id");
  std::int64_t id = 0;
  std::from_chars(written.data(), written.data() + written.size(), id);
  const auto user_id = principal_of(*request).user.id;
  const auto revoked = co_await wait(context->accounts.revoke_api_token(user_id, id));
  co_return revoked ? no_content() : refused_or_failed(*context, *request, revoked.error());
}

// -- who -----------------------------------------------------------------------------------------

Awaitable<Response> who_am_i(AccountContextPtr context, RequestPtr request) {
  co_return me(*context, Status::ok, principal_of(*request));
}

Awaitable<Response> socket_token(AccountContextPtr context, RequestPtr request) {
  JsonWriter json;
  json.begin_object().key("data").begin_object();
  json.key("token").string(context->accounts.socket_token(principal_of(*request)));
  json.end_object().end_object();
  co_return personal(Status::created, std::move(json));
}

/// The same for one request: what its handler asks of the accounts is in its trace.
AccountContextPtr traced(const AccountContextPtr& context, const Request& request) {
  auto trail = tracing::trail_of(request);
  if (!trail) return context;
  auto own = std::make_shared<AccountContext>(*context);
  own->accounts = context->accounts.traced(std::move(trail));
  return own;
}

/// A handler that is told what the accounts work with.
net::http::Handler with(AccountContextPtr context,
                        Awaitable<Response> (*handle)(AccountContextPtr, RequestPtr)) {
  return [context = std::move(context), handle](RequestPtr request) {
    auto own = traced(context, *request);
    return handle(std::move(own), std::move(request));
  };
}

net::http::RouteOptions says(std::string summary, Operation operation) {
  return {.summary = std::move(summary),
          .max_body_bytes = kMostBodyBytes,
          .docs = std::move(operation)};
}

}  // namespace

net::http::Routes account_routes(const AccountContextPtr& context) {
  using net::http::del;
  using net::http::get;
  using net::http::post;
  using net::http::put;
  using net::http::scope;

  const net::http::Pipeline principal(fetch_principal(context));
  const net::http::Pipeline session("session", {fetch_principal(context), require_session()});

  return {
      post("/session", with(context, sign_in),
           says("Sign in with a password", sign_in_operation())),
      post("/password-resets", with(context, request_reset),
           says("Have a link mailed that sets a new password", request_reset_operation())),
      put("/password-resets", with(context, reset_password),
          says("Set a new password with a link's token", reset_password_operation())),
      scope("", {principal, require_user()},
            {
                get("/me", with(context, who_am_i),
                    says("Who makes the request", who_am_i_operation())),
                post("/socket-token", with(context, socket_token),
                     {.summary = "A token to connect a socket with",
                      .through = {require_scope(accounts::kUseSockets)},
                      .max_body_bytes = kMostBodyBytes,
                      .docs = socket_token_operation()}),
            }),
      scope("", {session},
            {
                del("/session", with(context, sign_out), says("Sign out", sign_out_operation())),
                del("/sessions", with(context, sign_out_everywhere),
                    says("Sign out everywhere", sign_out_everywhere_operation())),
                put("/me/password", with(context, change_password),
                    says("Change the password", change_password_operation())),
                get("/tokens", with(context, list_tokens),
                    says("One's bearer tokens", list_tokens_operation())),
                post("/tokens", with(context, create_token),
                     says("Make a bearer token", create_token_operation())),
                del("/tokens/:id<int>", with(context, revoke_token),
                    says("Revoke a bearer token", revoke_token_operation())),
            }),
  };
}

}  // namespace coppice::app::http
