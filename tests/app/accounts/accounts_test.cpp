#include "app/accounts/accounts.hpp"

#include "app/accounts/accounts_fixture.hpp"
#include "app/accounts/credential_commands.hpp"
#include "app/accounts/secret.hpp"

namespace coppice::app::accounts {
namespace {

constexpr std::int64_t kDay = 86400;

TEST_F(AccountsTest, SignInGivesASessionThatKnowsItsUser) {
  const User ada = add_user("ada@example.com", Role::editor);
  const auto session = sign_in("ADA@example.COM");
  EXPECT_EQ(session.user, ada);
  const auto principal = principal_of(session.secret);
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->user, ada);
  EXPECT_TRUE(principal->by_session());
  EXPECT_TRUE(principal->has_role(Role::editor));
  EXPECT_FALSE(principal->has_role(Role::admin));
  EXPECT_TRUE(principal->has_scope(kWriteContent));
}

TEST_F(AccountsTest, SignInSaysTheSameWhateverWasWrong) {
  add_user("ada@example.com");
  add_user("off@example.com");
  (void)execute(SetDisabled{"off@example.com", true}).value();
  (void)execute(CreateUser{"oidc@example.com", "O", Role::member, std::nullopt}).value();
  for (const auto* email : {"ada@example.com", "nobody@example.com", "oidc@example.com", ""}) {
    const auto refused = wait(accounts_->sign_in(email, "wrong password"));
    ASSERT_FALSE(refused) << email;
    EXPECT_EQ(refused.error().message(), "unauthorized: invalid email or password");
  }
  const auto disabled = wait(accounts_->sign_in("off@example.com", kPassword));
  EXPECT_EQ(disabled.error().message(), "unauthorized: invalid email or password");
}

TEST_F(AccountsTest, TellsTheTraceOfWhoeverAsksWhatItWaitsFor) {
  add_user("ada@example.com");
  const auto tracer = std::make_shared<tracing::Tracer>(1);
  const tracing::TraceContext context{
      .trace = tracing::make_trace_id(), .span = tracing::make_span_id(), .sampled = true};
  const auto traced = accounts_->traced(std::make_shared<const tracing::Trail>(tracer, context));
  const auto session = db::must(wait(traced.sign_in("ada@example.com", kPassword)));
  const auto spans = tracer->take(tracing::Tracer::kMostWaiting);
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[0].name, "read");
  EXPECT_EQ(spans[1].name, "write");
  for (const auto& span : spans) EXPECT_EQ(span.parent, context.span) << span.name;
  EXPECT_EQ(std::get<std::string>(spans[1].attributes.at(0).value), CreateSession::kName);
  EXPECT_EQ(spans[1].attributes.at(1).key, "coppice.position");
  EXPECT_TRUE(principal_of(session.secret));
  EXPECT_EQ(tracer->waiting(), 0U) << "nobody else's trace";
}

TEST_F(AccountsTest, SessionEndsWhenItIsNotUsed) {
  add_user("ada@example.com");
  const auto session = sign_in("ada@example.com");
  now_ += 14 * kDay - 1;
  EXPECT_TRUE(principal_of(session.secret));
  now_ += 14 * kDay - 1;
  EXPECT_TRUE(principal_of(session.secret));
  now_ += 14 * kDay;
  EXPECT_FALSE(principal_of(session.secret));
}

TEST_F(AccountsTest, SessionEndsHoweverMuchItIsUsed) {
  add_user("ada@example.com");
  const auto session = sign_in("ada@example.com");
  for (int day = 1; day < 60; ++day) {
    now_ += kDay;
    EXPECT_TRUE(principal_of(session.secret)) << day;
  }
  now_ += kDay;
  EXPECT_FALSE(principal_of(session.secret));
}

TEST_F(AccountsTest, DatabaseHoldsNoSecret) {
  add_user("ada@example.com");
  const auto session = sign_in("ada@example.com");
  const auto stored =
      read([](db::Connection& db) {
        return db::query_value<std::string>(db, "SELECT token_hash FROM coppice_sessions");
      }).value();
  EXPECT_EQ(stored, secret_hash(session.secret));
  EXPECT_FALSE(principal_of(*stored));
}

TEST_F(AccountsTest, SignOutEndsThatSessionOnly) {
  add_user("ada@example.com");
  const auto here = sign_in("ada@example.com");
  const auto there = sign_in("ada@example.com");
  ASSERT_TRUE(wait(accounts_->sign_out(principal_of(here.secret).value())));
  EXPECT_FALSE(principal_of(here.secret));
  EXPECT_TRUE(principal_of(there.secret));
}

TEST_F(AccountsTest, SignOutEverywhereEndsAllOfThatUser) {
  add_user("ada@example.com");
  add_user("eve@example.com");
  const auto here = sign_in("ada@example.com");
  const auto there = sign_in("ada@example.com");
  const auto other = sign_in("eve@example.com");
  EXPECT_EQ(wait(accounts_->sign_out_everywhere(principal_of(here.secret).value())).value(), 2);
  EXPECT_FALSE(principal_of(here.secret));
  EXPECT_FALSE(principal_of(there.secret));
  EXPECT_TRUE(principal_of(other.secret));
}

TEST_F(AccountsTest, DisabledUserIsLetInByNothing) {
  const User ada = add_user("ada@example.com");
  const auto session = sign_in("ada@example.com");
  const auto token =
      wait(accounts_->create_api_token(ada.id, {"t", {std::string(kReadContent)}, {}})).value();
  const auto socket = accounts_->socket_token(principal_of(session.secret).value());
  (void)execute(SetDisabled{"ada@example.com", true}).value();
  EXPECT_FALSE(principal_of(session.secret));
  EXPECT_FALSE(wait(accounts_->by_bearer_token(token.secret)).value());
  EXPECT_FALSE(wait(accounts_->by_connect_token(socket)).value());
  (void)execute(SetDisabled{"ada@example.com", false}).value();
  EXPECT_FALSE(principal_of(session.secret));
  EXPECT_TRUE(wait(accounts_->by_bearer_token(token.secret)).value());
}

TEST_F(AccountsTest, SignOutEverywhereLeavesBearerTokens) {
  const User ada = add_user("ada@example.com");
  const auto session = sign_in("ada@example.com");
  const auto token = add_token(ada);
  ASSERT_TRUE(wait(accounts_->sign_out_everywhere(principal_of(session.secret).value())));
  EXPECT_TRUE(knows(token));
}

TEST_F(AccountsTest, ChangeOfPasswordRevokesAllBearerTokensOfThatUser) {
  const User ada = add_user("ada@example.com");
  const User eve = add_user("eve@example.com");
  const auto session = sign_in("ada@example.com");
  const auto adas = add_token(ada);
  const auto eves = add_token(eve);
  const auto principal = principal_of(session.secret).value();
  EXPECT_FALSE(wait(accounts_->change_password(principal, "wrong", "a new password")));
  EXPECT_TRUE(knows(adas)) << "nothing has changed";
  ASSERT_TRUE(wait(accounts_->change_password(principal, kPassword, "a new password")));
  EXPECT_FALSE(knows(adas));
  EXPECT_TRUE(wait(accounts_->list_api_tokens(ada.id)).value().empty());
  EXPECT_TRUE(knows(eves));
  EXPECT_EQ(let_out_, std::vector{ada.id});
}

TEST_F(AccountsTest, LinkThatSetsAPasswordRevokesBearerTokens) {
  const User ada = add_user("ada@example.com");
  const auto token = add_token(ada);
  (void)execute(CreateResetToken{"ada@example.com", secret_hash("link"), now_ + 60}).value();
  EXPECT_TRUE(knows(token));
  ASSERT_TRUE(wait(accounts_->reset_password("link", "a new password")));
  EXPECT_FALSE(knows(token));
  EXPECT_EQ(let_out_, std::vector{ada.id});
}

TEST_F(AccountsTest, HashOfAnotherCostLeavesBearerTokens) {
  const User ada = add_user("ada@example.com");
  const auto token = add_token(ada);
  start_accounts({.passes = 2, .memory_bytes = 8192});
  sign_in("ada@example.com");
  EXPECT_TRUE(knows(token));
}

TEST_F(AccountsTest, ChangeOfPasswordEndsTheOtherSessions) {
  add_user("ada@example.com");
  const auto here = sign_in("ada@example.com");
  const auto there = sign_in("ada@example.com");
  const auto principal = principal_of(here.secret).value();
  EXPECT_EQ(wait(accounts_->change_password(principal, "wrong", "a new password")).error(),
            Errc::unauthorized);
  ASSERT_TRUE(wait(accounts_->change_password(principal, kPassword, "a new password")));
  EXPECT_TRUE(principal_of(here.secret));
  EXPECT_FALSE(principal_of(there.secret));
  EXPECT_FALSE(wait(accounts_->sign_in("ada@example.com", kPassword)));
  EXPECT_TRUE(wait(accounts_->sign_in("ada@example.com", "a new password")));
}

TEST_F(AccountsTest, LinkSetsAPasswordOnceAndEndsAllSessions) {
  add_user("ada@example.com");
  const auto session = sign_in("ada@example.com");
  (void)execute(CreateResetToken{"ada@example.com", secret_hash("link"), now_ + 60}).value();
  EXPECT_EQ(wait(accounts_->reset_password("other", "a new password")).error(), Errc::not_found);
  ASSERT_TRUE(wait(accounts_->reset_password("link", "a new password")));
  EXPECT_FALSE(principal_of(session.secret));
  EXPECT_TRUE(wait(accounts_->sign_in("ada@example.com", "a new password")));
  EXPECT_EQ(wait(accounts_->reset_password("link", "and another one")).error(), Errc::not_found);
}

TEST_F(AccountsTest, LinkExpiresAndGivesWayToALaterOne) {
  add_user("ada@example.com");
  (void)execute(CreateResetToken{"ada@example.com", secret_hash("first"), now_ + 60}).value();
  (void)execute(CreateResetToken{"ada@example.com", secret_hash("second"), now_ + 60}).value();
  EXPECT_EQ(wait(accounts_->reset_password("first", "a new password")).error(), Errc::not_found);
  now_ += 60;
  EXPECT_EQ(wait(accounts_->reset_password("second", "a new password")).error(), Errc::not_found);
}

TEST_F(AccountsTest, NobodyGetsALinkWithoutAnAccount) {
  EXPECT_EQ(execute(CreateResetToken{"no@example.com", "h", now_ + 60}).error(), Errc::not_found);
}

TEST_F(AccountsTest, BearerTokenIsGoodForItsScopesUntilItExpires) {
  const User ada = add_user("ada@example.com", Role::admin);
  const auto made = wait(accounts_->create_api_token(
                             ada.id, {"deploy", {std::string(kReadContent)}, now_ + kDay}))
                        .value();
  EXPECT_TRUE(made.secret.starts_with(kApiTokenPrefix));
  const auto principal = wait(accounts_->by_bearer_token(made.secret)).value();
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->user, ada);
  EXPECT_FALSE(principal->by_session());
  EXPECT_TRUE(principal->has_scope(kReadContent));
  EXPECT_FALSE(principal->has_scope(kWriteContent));
  EXPECT_FALSE(wait(accounts_->by_bearer_token(made.secret + "x")).value());
  EXPECT_FALSE(wait(accounts_->by_bearer_token("")).value());
  now_ += kDay;
  EXPECT_FALSE(wait(accounts_->by_bearer_token(made.secret)).value());
}

TEST_F(AccountsTest, BearerTokensAreListedWithTheirUseAndRevokedByTheirUser) {
  const User ada = add_user("ada@example.com");
  const User eve = add_user("eve@example.com");
  const auto made =
      wait(accounts_->create_api_token(ada.id, {"one", {std::string(kReadContent)}, {}})).value();
  const auto again =
      wait(accounts_->create_api_token(ada.id, {"one", {std::string(kReadContent)}, {}}));
  EXPECT_EQ(again.error().message(), "conflict: name has already been taken");
  (void)wait(accounts_->by_bearer_token(made.secret)).value();
  const auto listed = wait(accounts_->list_api_tokens(ada.id)).value();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed.front().name, "one");
  EXPECT_EQ(listed.front().last_used_at, now_);
  EXPECT_EQ(wait(accounts_->revoke_api_token(eve.id, made.token.id)).error(), Errc::not_found);
  EXPECT_TRUE(wait(accounts_->by_bearer_token(made.secret)).value());
  ASSERT_TRUE(wait(accounts_->revoke_api_token(ada.id, made.token.id)));
  EXPECT_FALSE(wait(accounts_->by_bearer_token(made.secret)).value());
}

TEST_F(AccountsTest, HashOfAnotherCostIsReplacedAtTheNextSignIn) {
  add_user("ada@example.com");
  const auto hash = [this] {
    return read([](db::Connection& db) {
             return db::query_value<std::string>(db, "SELECT password_hash FROM coppice_users");
           })
        .value()
        .value();
  };
  const auto before = hash();
  sign_in("ada@example.com");
  EXPECT_EQ(hash(), before);
  start_accounts({.passes = 2, .memory_bytes = 8192});
  sign_in("ada@example.com");
  EXPECT_NE(hash(), before);
  sign_in("ada@example.com");
}

TEST_F(AccountsTest, SocketTokenSaysWhoseItIsForAWhile) {
  const User ada = add_user("ada@example.com");
  const auto session = sign_in("ada@example.com");
  const auto token = accounts_->socket_token(principal_of(session.secret).value());
  const auto whose = [this](const std::string& each) {
    return wait(accounts_->by_connect_token(each)).value();
  };
  ASSERT_TRUE(whose(token));
  EXPECT_EQ(whose(token)->user, ada);
  EXPECT_EQ(whose(token)->ends_at, now_ + 60 * kDay);
  EXPECT_FALSE(whose(token + "x"));
  EXPECT_FALSE(whose(""));
  now_ += 300;
  EXPECT_FALSE(whose(token));
}

TEST_F(AccountsTest, SocketTokenEndsWithWhatItWasMadeWith) {
  const User ada = add_user("ada@example.com");
  const auto session = sign_in("ada@example.com");
  const auto principal = principal_of(session.secret).value();
  const auto by_session = accounts_->socket_token(principal);
  const auto made =
      wait(accounts_->create_api_token(ada.id, {"t", {std::string(kUseSockets)}, {}})).value();
  const auto bearer = wait(accounts_->by_bearer_token(made.secret)).value().value();
  const auto by_bearer = accounts_->socket_token(bearer);
  EXPECT_TRUE(wait(accounts_->by_connect_token(by_session)).value());
  EXPECT_TRUE(wait(accounts_->by_connect_token(by_bearer)).value());
  ASSERT_TRUE(wait(accounts_->sign_out(principal)));
  ASSERT_TRUE(wait(accounts_->revoke_api_token(ada.id, made.token.id)));
  EXPECT_FALSE(wait(accounts_->by_connect_token(by_session)).value());
  EXPECT_FALSE(wait(accounts_->by_connect_token(by_bearer)).value());
}

TEST_F(AccountsTest, BearerTokenConnectsWithTheScopeForIt) {
  const User ada = add_user("ada@example.com");
  const auto good =
      wait(accounts_->create_api_token(ada.id, {"good", {std::string(kUseSockets)}, now_ + kDay}))
          .value();
  const auto other =
      wait(accounts_->create_api_token(ada.id, {"other", {std::string(kReadContent)}, {}})).value();
  const auto principal = wait(accounts_->by_connect_token(good.secret)).value();
  ASSERT_TRUE(principal);
  EXPECT_EQ(principal->ends_at, now_ + kDay);
  EXPECT_FALSE(wait(accounts_->by_connect_token(other.secret)).value());
}

TEST_F(AccountsTest, AddressIsTakenInWhateverCase) {
  add_user("ada@example.com");
  EXPECT_EQ(execute(CreateUser{"ADA@Example.com", "A", Role::member, {}}).error().message(),
            "conflict: email has already been taken");
}

TEST_F(AccountsTest, ProvidersWordLinksAVerifiedAddressOnce) {
  const User ada = add_user("ada@example.com");
  SignInWithIdentity who{.issuer = "https://id.example",
                         .subject = "42",
                         .email = "Ada@example.com",
                         .name = "Ada",
                         .may_create = false,
                         .now = now_};
  EXPECT_EQ(execute(who).value().value, ada);
  who.email = "";
  EXPECT_EQ(execute(who).value().value, ada);
  who.subject = "43";
  EXPECT_EQ(execute(who).error(), Errc::forbidden);
  who.email = "new@example.com";
  EXPECT_EQ(execute(who).error(), Errc::forbidden);
  who.may_create = true;
  EXPECT_EQ(execute(who).value().value.role, Role::member);
  (void)execute(SetDisabled{"ada@example.com", true}).value();
  who.subject = "42";
  EXPECT_EQ(execute(who).error(), Errc::forbidden);
}

}  // namespace
}  // namespace coppice::app::accounts
