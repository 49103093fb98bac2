#include "db/sql_text.hpp"

#include <gtest/gtest.h>

namespace coppice::db {
namespace {

TEST(SqlText, FindsTheFirstWordBehindBlanksAndComments) {
  EXPECT_EQ(first_word("SELECT 1"), "SELECT");
  EXPECT_EQ(first_word(" ;\n-- a comment\n/* and another */ commit;"), "commit");
  EXPECT_EQ(first_word("-- nothing else"), "");
  EXPECT_EQ(first_word("/* without an end"), "");
  EXPECT_EQ(first_word("1"), "");
}

TEST(SqlText, ComparesLettersOfAsciiOnly) {
  EXPECT_TRUE(equal_ignoring_case("Commit", "COMMIT"));
  EXPECT_FALSE(equal_ignoring_case("COMMI", "COMMIT"));
  EXPECT_FALSE(equal_ignoring_case("[", "{"));
}

}  // namespace
}  // namespace coppice::db
