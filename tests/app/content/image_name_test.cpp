#include "app/content/image_name.hpp"

#include <gtest/gtest.h>

namespace coppice::app::content {
namespace {

TEST(ImageName, IsTheBaseNameWithWebp) {
  EXPECT_EQ(stored_image_name("tree.png"), "tree.webp");
  EXPECT_EQ(stored_image_name("tree.min.jpeg"), "tree.min.webp");
  EXPECT_EQ(stored_image_name("tree"), "tree.webp");
  EXPECT_EQ(stored_image_name(".tree"), ".tree.webp");
}

TEST(ImageName, IsTheLastPartOfAnAddressOnThisSite) {
  EXPECT_EQ(stored_image_name_of_address("../a/b%20c.png?x#y"), "b c.webp");
  EXPECT_EQ(stored_image_name_of_address("100%.png"), "100%.webp");
  EXPECT_EQ(stored_image_name_of_address("https://a.example/b.png"), std::nullopt);
  EXPECT_EQ(stored_image_name_of_address("//a.example/b.png"), std::nullopt);
  EXPECT_EQ(stored_image_name_of_address("data:image/png;base64,x"), std::nullopt);
  EXPECT_EQ(stored_image_name_of_address("folder/"), std::nullopt);
}

TEST(ImageUrl, IsPercentEncoded) {
  EXPECT_EQ(image_url("a b/ü\".webp"), "/assets/images/a%20b%2F%C3%BC%22.webp");
}

}  // namespace
}  // namespace coppice::app::content
