#include "app/admin/account_orders.hpp"

#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "app/accounts/accounts_fixture.hpp"
#include "app/accounts/secret.hpp"
#include "app/admin/server_accounts.hpp"

namespace coppice::app::admin {
namespace {

using accounts::kPassword;
using actors::Errc;
using actors::Result;

class AccountOrdersTest : public accounts::AccountsTest {
 protected:
  Result<std::string> give(const AccountOrder& order, const std::string& form) {
    ServerAccounts keeper(world_.runtime(), *accounts_, std::chrono::seconds(5));
    return order.run(keeper, http::JsonBody::of(boost::json::parse(form).as_object()));
  }

  boost::json::value must(const AccountOrder& order, const std::string& form) {
    return boost::json::parse(db::must(give(order, form)));
  }

  boost::json::value look(const AccountLook& what, const std::string& email = {}) {
    ServerAccounts keeper(world_.runtime(), *accounts_, std::chrono::seconds(5));
    return boost::json::parse(db::must(what.run(keeper, email)));
  }
};

TEST_F(AccountOrdersTest, AddAUserWhoCanSignIn) {
  const auto answer =
      must(kAddUser, R"({"email":" ada@example.com ","password":"correct horse battery"})");
  const auto& user = answer.at("user");
  EXPECT_EQ(user.at("email"), "ada@example.com");
  EXPECT_EQ(user.at("name"), "ada");
  EXPECT_EQ(user.at("role"), "member");
  EXPECT_EQ(sign_in("ada@example.com").user.name, "ada");
  EXPECT_EQ(look(kShowUsers).at("users").as_array(), boost::json::array{user});
}

TEST_F(AccountOrdersTest, SayAllThatIsWrongWithAForm) {
  const auto refused = give(kAddUser, R"({"email":"a@example.com","role":"root","passwort":"x"})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), Errc::invalid_argument);
  EXPECT_EQ(refused.error().context,
            "passwort is not known; role \"root\" is no role; accepted: admin, editor, member; "
            "password can't be blank");
  const auto weak = give(kAddUser, R"({"email":"nobody","password":"short"})");
  ASSERT_FALSE(weak);
  EXPECT_NE(weak.error().context.find("email must have the @ sign"), std::string::npos);
  EXPECT_NE(weak.error().context.find("password should be at least 12"), std::string::npos);
}

TEST_F(AccountOrdersTest, RefuseWhomNobodyKnows) {
  for (const auto& [order, form] : {
           std::pair(kSetPassword, R"({"email":"no@example.com","password":"long enough, it is"})"),
           std::pair(kSetRole, R"({"email":"no@example.com","role":"editor"})"),
           std::pair(kDisableUser, R"({"email":"no@example.com"})"),
           std::pair(kCreateToken,
                     R"({"email":"no@example.com","name":"t","scopes":["content:read"]})"),
           std::pair(kRevokeToken, R"({"email":"no@example.com","id":1})"),
       }) {
    const auto refused = give(order, form);
    ASSERT_FALSE(refused) << order.path;
    EXPECT_EQ(refused.error(), Errc::not_found) << order.path;
    EXPECT_EQ(refused.error().context, "there is no user no@example.com") << order.path;
  }
  EXPECT_TRUE(let_out_.empty());
}

TEST_F(AccountOrdersTest, TellOfWhoIsLetOut) {
  const auto id = add_user("ada@example.com").id;
  const auto token =
      must(kCreateToken, R"({"email":"ada@example.com","name":"t","scopes":["content:read"]})");
  must(kEnableUser, R"({"email":"ada@example.com"})");
  EXPECT_TRUE(let_out_.empty());

  must(kSetRole, R"({"email":"ada@example.com","role":"editor"})");
  EXPECT_EQ(let_out_, (std::vector{id}));
  must(kRevokeToken, R"({"email":"ada@example.com","id":1})");
  EXPECT_EQ(let_out_, (std::vector{id, id}));
  must(kSetPassword, R"({"email":"ada@example.com","password":"another good password"})");
  EXPECT_EQ(let_out_, (std::vector{id, id, id}));
  must(kDisableUser, R"({"email":"ada@example.com"})");
  EXPECT_EQ(let_out_, (std::vector{id, id, id, id}));
}

TEST_F(AccountOrdersTest, SetAPasswordInThePlaceOfTheOldOne) {
  add_user("ada@example.com");
  const auto session = sign_in("ada@example.com");
  must(kSetPassword, R"({"email":"ADA@example.com","password":"another good password"})");
  EXPECT_FALSE(principal_of(session.secret));
  EXPECT_FALSE(wait(accounts_->sign_in("ada@example.com", kPassword)));
  EXPECT_TRUE(wait(accounts_->sign_in("ada@example.com", "another good password")));
}

TEST_F(AccountOrdersTest, RevokeBearerTokensWithTheOldPassword) {
  const auto token = add_token(add_user("ada@example.com"));
  must(kSetRole, R"({"email":"ada@example.com","role":"editor"})");
  EXPECT_TRUE(knows(token));
  must(kSetPassword, R"({"email":"ada@example.com","password":"another good password"})");
  EXPECT_FALSE(knows(token));
}

TEST_F(AccountOrdersTest, TellATokenOnceAndRevokeIt) {
  add_user("ada@example.com");
  const auto made =
      must(kCreateToken,
           R"({"email":"ada@example.com","name":"deploy","scopes":["content:write"],"days":0})");
  const std::string secret(made.at("secret").as_string());
  EXPECT_TRUE(made.at("token").at("expires_at").is_null());
  EXPECT_TRUE(db::must(wait(accounts_->by_bearer_token(secret))));

  const auto shown = look(kShowTokens, "ada@example.com");
  ASSERT_EQ(shown.at("tokens").as_array().size(), 1U);
  EXPECT_EQ(shown.at("tokens").at(0).at("name"), "deploy");
  EXPECT_EQ(shown.at("tokens").at(0).as_object().if_contains("secret"), nullptr);

  must(kRevokeToken, R"({"email":"ada@example.com","id":1})");
  EXPECT_FALSE(db::must(wait(accounts_->by_bearer_token(secret))));
  EXPECT_TRUE(look(kShowTokens, "ada@example.com").at("tokens").as_array().empty());
}

TEST_F(AccountOrdersTest, RevokeNoTokenThatIsNotNamed) {
  const auto refused = give(kRevokeToken, R"({"email":"ada@example.com"})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().context, "id can't be blank");
}

}  // namespace
}  // namespace coppice::app::admin
