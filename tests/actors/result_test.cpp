#include "actors/result.hpp"

#include <gtest/gtest.h>

namespace coppice::actors {
namespace {

TEST(Result, NamesEachCodeByItsEnumerator) {
  EXPECT_EQ(to_string(Errc::noproc), "noproc");
  EXPECT_EQ(to_string(Errc::migration_failed), "migration_failed");
  EXPECT_EQ(to_string(Errc::internal), "internal");
}

TEST(Result, NamesAnUnknownCodeRatherThanFail) {
  EXPECT_EQ(to_string(static_cast<Errc>(60000)), "unknown");
}

TEST(Result, MessageJoinsCodeAndContext) {
  EXPECT_EQ(Error(Errc::overloaded, "mailbox of /a is full").message(),
            "overloaded: mailbox of /a is full");
  EXPECT_EQ(Error(Errc::timeout).message(), "timeout");
}

TEST(Result, FailConvertsToTheFailedSideOfAnyResult) {
  const Result<int> number = fail(Errc::not_found, "no such post");
  const Result<void> nothing = fail(Errc::not_found);
  ASSERT_FALSE(number);
  EXPECT_EQ(number.error(), Errc::not_found);
  EXPECT_EQ(number.error().context, "no such post");
  EXPECT_EQ(nothing.error(), number.error()) << "errors compare by code alone";
}

}  // namespace
}  // namespace coppice::actors
