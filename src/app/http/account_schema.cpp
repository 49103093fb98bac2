#include "app/http/account_schema.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <boost/json/array.hpp>

#include "app/accounts/api_token_request.hpp"
#include "app/accounts/role.hpp"
#include "app/accounts/scope.hpp"
#include "app/accounts/user.hpp"
#include "app/http/json_schema.hpp"

namespace coppice::app::http {
namespace {

using boost::json::array;
using boost::json::object;
using json_schema::list_of;
using json_schema::or_null;
using json_schema::record;
using json_schema::text;
using json_schema::text_of;
using json_schema::texts;
using json_schema::time;
using json_schema::truth;

/// Whose credentials a request needs.
enum class Caller : unsigned char { anybody, user, session };

object email() {
  object schema = text_of("email");
  schema["maxLength"] = accounts::kLongestEmail;
  return schema;
}

object new_password() {
  object schema = text_of("password");
  schema["minLength"] = accounts::kShortestPassword;
  schema["description"] =
      "At most " + std::to_string(accounts::kLongestPassword) + " bytes in UTF-8.";
  return schema;
}

object scopes() {
  array known;
  for (const std::string_view scope : accounts::kScopes) known.emplace_back(std::string(scope));
  const object one{{"type", "string"}, {"enum", std::move(known)}};
  return {{"type", "array"}, {"items", one}, {"minItems", 1}};
}

object nothing(std::string_view about) { return {{"description", std::string(about)}}; }

void require_cookie(object& operation) {
  operation["security"] = array{object{{"session", array()}}};
}

Operation operation(std::string_view id, Caller caller, object responses) {
  Operation out;
  out.object["operationId"] = std::string(id);
  out.object["tags"] = array{"accounts"};
  out.object["responses"] = std::move(responses);
  if (caller == Caller::user) require_credentials(out.object);
  if (caller == Caller::session) require_cookie(out.object);
  return out;
}

/// Of a request by cookie that changes something.
Operation guarded(Operation operation) {
  operation.object["parameters"] = array{reference("parameters", "CsrfToken")};
  return operation;
}

Operation with_body(Operation operation, object schema) {
  object media{{"schema", std::move(schema)}};
  operation.object["requestBody"] =
      object{{"required", true}, {"content", object{{"application/json", std::move(media)}}}};
  return operation;
}

object user_answer(std::string_view about) {
  return json_answer(about, record({{"data", reference("schemas", "User")},
                                    {"csrf_token", text("With a session: for X-CSRF-Token.")},
                                    {"scopes", texts()}},
                                   {"csrf_token", "scopes"}));
}

}  // namespace

Operation sign_in_operation() {
  return with_body(operation("sign_in", Caller::anybody,
                             answers("201", user_answer("The user; a cookie holds the session."),
                                     {"400", "401", "403", "413", "415", "422", "429"})),
                   record({{"email", email()}, {"password", text_of("password")}}));
}

Operation sign_out_operation() {
  return guarded(operation("sign_out", Caller::session,
                           answers("204", nothing("The session has ended."), {"401", "403"})));
}

Operation sign_out_everywhere_operation() {
  return guarded(operation(
      "sign_out_everywhere", Caller::session,
      answers("204", nothing("All sessions have ended; bearer tokens stay."), {"401", "403"})));
}

Operation who_am_i_operation() {
  return operation("who_am_i", Caller::user, answers("200", user_answer("The user."), {"401"}));
}

Operation change_password_operation() {
  return guarded(with_body(
      operation("change_password", Caller::session,
                answers("204",
                        nothing("The password is another; the other sessions and all bearer tokens "
                                "have ended."),
                        {"400", "401", "403", "413", "415", "422", "429"})),
      record({{"current_password", text_of("password")}, {"password", new_password()}})));
}

Operation request_reset_operation() {
  object answer = json_answer("A link is mailed, if there is such an account.",
                              record({{"data", record({{"sent_if_known", truth()}})}}));
  return with_body(
      operation("request_password_reset", Caller::anybody,
                answers("202", std::move(answer), {"400", "413", "415", "422", "429"})),
      record({{"email", email()}}));
}

Operation reset_password_operation() {
  return with_body(
      operation(
          "reset_password", Caller::anybody,
          answers("204",
                  nothing("The password is another; all sessions and bearer tokens have ended."),
                  {"400", "413", "415", "422", "429"})),
      record({{"token", text("Of the link that was mailed.")}, {"password", new_password()}}));
}

Operation list_tokens_operation() {
  object answer = json_answer("One's bearer tokens, without their secrets.",
                              record({{"data", list_of(reference("schemas", "BearerToken"))}}));
  return operation("list_tokens", Caller::session,
                   answers("200", std::move(answer), {"401", "403"}));
}

Operation create_token_operation() {
  object answer = json_answer("The new token.",
                              record({{"data", reference("schemas", "BearerToken")},
                                      {"secret", text("The token itself, told this once.")}}));
  object responses = answers("201", std::move(answer), {"400", "401", "403", "413", "415", "422"});
  responses["409"] =
      json_answer("There are too many tokens already.", reference("schemas", "Error"));
  const object days{{"type", "integer"},
                    {"minimum", 0},
                    {"maximum", accounts::kMostTokenDays},
                    {"default", accounts::kDefaultTokenDays},
                    {"description", "How long it is good for; 0 for ever."}};
  return guarded(
      with_body(operation("create_token", Caller::session, std::move(responses)),
                record({{"name", text()}, {"scopes", scopes()}, {"days", days}}, {"days"})));
}

Operation revoke_token_operation() {
  return guarded(
      operation("revoke_token", Caller::session,
                answers("204", nothing("The token lets nobody in."), {"401", "403", "404"})));
}

Operation socket_token_operation() {
  object answer = json_answer(
      "A token that connects a socket, for a few minutes.",
      record({{"data", record({{"token", text("For the socket's `token` parameter.")}})}}));
  return operation("create_socket_token", Caller::user,
                   answers("201", std::move(answer), {"401", "403"}));
}

void add_account_schemas(object& schemas) {
  array roles;
  for (const auto role : {accounts::Role::member, accounts::Role::editor, accounts::Role::admin}) {
    roles.emplace_back(std::string(to_string(role)));
  }
  const object id{{"type", "integer"}, {"format", "int64"}};
  schemas["User"] = record({{"id", id},
                            {"email", text_of("email")},
                            {"name", text()},
                            {"role", object{{"type", "string"}, {"enum", std::move(roles)}}},
                            {"disabled", truth()},
                            {"inserted_at", time()}});
  schemas["BearerToken"] = record({{"id", id},
                                   {"name", text()},
                                   {"scopes", texts()},
                                   {"created_at", time()},
                                   {"expires_at", or_null(time())},
                                   {"last_used_at", or_null(time())}});
}

}  // namespace coppice::app::http
