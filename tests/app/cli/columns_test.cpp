#include "app/cli/columns.hpp"

#include <gtest/gtest.h>

namespace coppice::app::cli {
namespace {

TEST(Columns, CountsCharactersNotBytes) {
  EXPECT_EQ(columns_of("└── a"), 5U);
  EXPECT_EQ(padded("é", 3), "é  ");
  EXPECT_EQ(padded("long", 3), "long");
}

TEST(Columns, CutsWithAnEllipsisInTheLastOne) {
  EXPECT_EQ(fitted("abcdef", 6), "abcdef");
  EXPECT_EQ(fitted("abcdef", 5), "abcd…");
  EXPECT_EQ(fitted("└── writer", 6), "└── w…");
  EXPECT_EQ(columns_of(fitted("└── writer", 6)), 6U);
  EXPECT_EQ(fitted("abc", 1), "…");
  EXPECT_EQ(fitted("abc", 0), "");
}

}  // namespace
}  // namespace coppice::app::cli
