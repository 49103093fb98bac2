#include "app/content/slug.hpp"

#include <gtest/gtest.h>

namespace coppice::app::content {
namespace {

TEST(Slug, IsLowercaseAlphanumericWithHyphensAndUnderscores) {
  for (const char* good : {"a", "2024-02-15-rust_1_76", "-", "_"}) EXPECT_TRUE(is_valid_slug(good));
  for (const char* bad : {"", "A", "a b", "a.b", "ä", "a/b", "a\n"}) {
    EXPECT_FALSE(is_valid_slug(bad)) << bad;
  }
}

TEST(Slug, IsMadeOfAHeading) {
  EXPECT_EQ(slugify("What's new in 1.24.0?"), "whats-new-in-1-24-0");
  EXPECT_EQ(slugify("  What’s  “new” — and old "), "whats-new-and-old");
  EXPECT_EQ(slugify("Über uns"), "Über-uns");
  EXPECT_EQ(slugify("木を切る"), "木を切る");
  EXPECT_EQ(slugify("🦀!"), "section");
  EXPECT_EQ(slugify("a\xFF"
                    "b"),
            "a-b");
}

TEST(UniqueSlugs, NeverHandsOutTheSameTwice) {
  UniqueSlugs ids("my-post");
  EXPECT_EQ(ids.take("my-post"), "my-post-1");
  EXPECT_EQ(ids.take("a-1"), "a-1");
  EXPECT_EQ(ids.take("a"), "a");
  EXPECT_EQ(ids.take("a"), "a-2");
  EXPECT_EQ(ids.take("a"), "a-3");
}

}  // namespace
}  // namespace coppice::app::content
