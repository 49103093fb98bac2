#include "app/http/authentication.hpp"

#include <gtest/gtest.h>

namespace coppice::app::http {
namespace {

using accounts::Principal;
using accounts::Role;
using net::http::Plug;
using net::http::Request;
using net::http::Response;
using net::http::Status;

/// What the plug answers to somebody, or to nobody; nothing if it lets them pass.
std::optional<Response> answer(const Plug& plug, const std::optional<Principal>& principal) {
  Request request;
  if (principal) request.assigns.set(*principal);
  return std::get<Plug::Before>(plug.before)(request);
}

std::optional<Status> status(const Plug& plug, const std::optional<Principal>& principal) {
  const auto response = answer(plug, principal);
  return response ? std::optional(response->status) : std::nullopt;
}

Principal by_session(Role role) {
  Principal principal;
  principal.user.role = role;
  principal.session_hash = "hash";
  return principal;
}

Principal by_token(Role role, accounts::Scopes scopes) {
  Principal principal;
  principal.user.role = role;
  principal.scopes = std::move(scopes);
  return principal;
}

TEST(Authentication, AsksNobodyWhoTheyAre) {
  for (const auto& plug : {require_user(), require_role(Role::member), require_session(),
                           require_scope(accounts::kReadContent)}) {
    const auto refused = answer(plug, std::nullopt);
    ASSERT_TRUE(refused) << plug.name;
    EXPECT_EQ(refused->status, Status::unauthorized);
    EXPECT_EQ(refused->headers.get("www-authenticate"), "Bearer");
  }
  EXPECT_EQ(status(require_user(), by_session(Role::member)), std::nullopt);
}

TEST(Authentication, LetsARoleDoWhatThoseBelowItMay) {
  const auto plug = require_role(Role::editor);
  EXPECT_EQ(plug.name, "editor");
  EXPECT_EQ(status(plug, by_session(Role::member)), Status::forbidden);
  EXPECT_EQ(status(plug, by_session(Role::editor)), std::nullopt);
  EXPECT_EQ(status(plug, by_session(Role::admin)), std::nullopt);
  EXPECT_EQ(status(plug, by_token(Role::admin, {})), std::nullopt);
}

TEST(Authentication, AsksTokensForTheirScopesAndSessionsForNone) {
  const auto plug = require_scope(accounts::kWriteContent);
  EXPECT_EQ(status(plug, by_session(Role::member)), std::nullopt);
  EXPECT_EQ(status(plug, by_token(Role::admin, {"content:write", "socket"})), std::nullopt);
  const auto refused = answer(plug, by_token(Role::admin, {"content:read"}));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, Status::forbidden);
  EXPECT_EQ(refused->headers.get("www-authenticate"),
            R"(Bearer error="insufficient_scope", scope="content:write")");
}

TEST(Authentication, KeepsSomeThingsForSessions) {
  EXPECT_EQ(status(require_session(), by_session(Role::member)), std::nullopt);
  EXPECT_EQ(status(require_session(), by_token(Role::admin, {"content:write"})), Status::forbidden);
}

TEST(Authentication, NamesTheSessionsCookieForItsHostWhereBrowsersTakeThat) {
  SessionConfig session;
  EXPECT_EQ(session_cookie_name(session), "_coppice_session");
  session.secure = true;
  EXPECT_EQ(session_cookie_name(session), "__Host-_coppice_session");
  session.domain = "example.com";
  EXPECT_EQ(session_cookie_name(session), "_coppice_session");
  session.secure = false;
  EXPECT_EQ(session_cookie_name(session), "_coppice_session");
}

}  // namespace
}  // namespace coppice::app::http
