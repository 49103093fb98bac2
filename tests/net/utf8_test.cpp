#include "net/utf8.hpp"

#include <gtest/gtest.h>

namespace coppice::net {
namespace {

TEST(Utf8, TakesEveryLengthOfCharacter) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("plain ascii that is longer than a word"));
  EXPECT_TRUE(
      is_utf8("\xC2\x80 \xDF\xBF \xE0\xA0\x80 \xEF\xBF\xBF \xF0\x90\x80\x80 \xF4\x8F\xBF\xBF"));
  EXPECT_TRUE(is_utf8(std::string_view("nul \0 inside", 12)));
}

TEST(Utf8, RefusesWhatIsNoCharacter) {
  for (const auto* text : {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80",
                           "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF",
                           "\xC2", "\xE2\x82", "\xF0\x9F\x98", "\xC2 ", "ascii word \xC2\xC2"}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

TEST(Utf8Validator, FailsAtTheFirstByteThatCannotBe) {
  Utf8Validator validator;
  EXPECT_TRUE(validator.feed("ok \xED"));
  EXPECT_FALSE(validator.feed("\xA0"));  // would become a surrogate
  EXPECT_FALSE(validator.feed("ok again"));
}

TEST(Utf8Validator, KnowsWhetherACharacterIsOpen) {
  Utf8Validator validator;
  for (const char c : std::string_view("\xF0\x9F\x98")) {
    EXPECT_TRUE(validator.feed({&c, 1}));
    EXPECT_FALSE(validator.complete());
  }
  EXPECT_TRUE(validator.feed("\x80"));
  EXPECT_TRUE(validator.complete());
}

}  // namespace
}  // namespace coppice::net
