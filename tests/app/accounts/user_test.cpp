#include "app/accounts/user.hpp"

#include <gtest/gtest.h>

namespace coppice::app::accounts {
namespace {

std::string problem_with_email(std::string_view email) {
  FieldProblems problems;
  check_email(problems, email);
  return content::to_sentence(problems);
}

std::string problem_with_password(std::string_view password) {
  FieldProblems problems;
  check_password(problems, "password", password);
  return content::to_sentence(problems);
}

TEST(User, HasAnAddressWithOneAtAndADomain) {
  for (const auto* email : {"ada@example.com", "a.b+c@mail.example", "x@localhost", "o'hara@a.b"}) {
    EXPECT_EQ(problem_with_email(email), "") << email;
  }
  for (const auto* email :
       {"ada", "@example.com", "ada@", "a da@example.com", "a@b@c", "ada@.com", "ada@a..b",
        "ada@exa_mple.com", "ada@example.com\r\nBcc: all@example.com", "<ada@example.com>",
        "ada@example.com,eve@example.com", "\"ada\"@example.com", "ad\xC3\xA4@example.com"}) {
    EXPECT_EQ(problem_with_email(email), "email must have the @ sign and no spaces") << email;
  }
  EXPECT_EQ(problem_with_email(""), "email can't be blank");
  EXPECT_EQ(problem_with_email(std::string(160, 'a') + "@b"),
            "email should be at most 160 character(s)");
}

TEST(User, HasAPasswordThatIsLongEnoughAndNoBurden) {
  EXPECT_EQ(problem_with_password("twelve chars"), "");
  EXPECT_EQ(problem_with_password("eleven char"), "password should be at least 12 character(s)");
  EXPECT_EQ(problem_with_password("ääääääääääää"), "");
  EXPECT_EQ(problem_with_password("äääääää"), "password should be at least 12 character(s)");
  EXPECT_EQ(problem_with_password(std::string(256, 'x')), "");
  EXPECT_EQ(problem_with_password(std::string(257, 'x')), "password should be at most 256 byte(s)");
  EXPECT_EQ(problem_with_password("invalid utf8 \xFF"), "password is invalid");
  EXPECT_EQ(problem_with_password(""), "password can't be blank");
}

TEST(User, HasANameWithoutControlCharacters) {
  const auto problem_with = [](std::string_view name) {
    FieldProblems problems;
    check_name(problems, name);
    return content::to_sentence(problems);
  };
  EXPECT_EQ(problem_with("Ada Löve"), "");
  EXPECT_EQ(problem_with("  "), "name can't be blank");
  EXPECT_EQ(problem_with("Ada\r\nBcc: x"), "name is invalid");
  EXPECT_EQ(problem_with(std::string(161, 'x')), "name should be at most 160 character(s)");
}

TEST(User, AddressIsTakenWithoutTheBlanksAroundIt) {
  EXPECT_EQ(normalized_email(" Ada@Example.com\n"), "Ada@Example.com");
}

TEST(Role, IsReadAsItIsWritten) {
  for (const Role role : {Role::member, Role::editor, Role::admin}) {
    EXPECT_EQ(role_from(to_string(role)), role);
  }
  EXPECT_EQ(role_from("root"), std::nullopt);
  EXPECT_LT(Role::member, Role::editor);
  EXPECT_LT(Role::editor, Role::admin);
}

}  // namespace
}  // namespace coppice::app::accounts
