#include "app/content/stored_image.hpp"

#include <gtest/gtest.h>

#include "app/content/content_fixture.hpp"
#include "db/transaction.hpp"

namespace coppice::app::content {
namespace {

using actors::Errc;
using actors::Result;

class StoredImageTest : public ContentTest {
 protected:
  void store(const std::string& name, const std::string& bytes) {
    const auto data = std::as_bytes(std::span(bytes));
    must(upsert(db_, Asset{.name = name,
                           .path = "/assets/images/" + name,
                           .data = {data.begin(), data.end()},
                           .width_px = 3,
                           .height_px = 2,
                           .lqip_hash = {}}));
  }

  StoredImage found(const std::string& name) { return must(find_stored_image(db_, name)).value(); }

  /// What a reader gets, on a snapshot of its own.
  Result<std::string> bytes_of(const StoredImage& image) {
    const auto snapshot = must(db::Transaction::begin(db_, db::Transaction::Kind::deferred));
    const auto blob = open_stored_image(db_, image);
    if (!blob) return std::unexpected(blob.error());
    return blob->read(0, blob->size());
  }
};

TEST_F(StoredImageTest, IsFoundByItsNameAndRead) {
  store("a.webp", "one");
  store("b.webp", "two");
  const auto image = found("b.webp");
  EXPECT_EQ(image.content_type, "image/webp");
  EXPECT_EQ(must(bytes_of(image)), "two");
  EXPECT_FALSE(must(find_stored_image(db_, "c.webp")));
}

TEST_F(StoredImageTest, HasAnotherTagForOtherBytes) {
  store("a.webp", "one");
  const auto one = found("a.webp");
  store("a.webp", "one");
  EXPECT_EQ(found("a.webp").etag, one.etag);
  store("a.webp", "two");
  const auto two = found("a.webp");
  EXPECT_NE(two.etag, one.etag);
  execute("UPDATE assets SET data = x'00'");  // by somebody who counts no commits
  EXPECT_NE(found("a.webp").etag, two.etag);
}

TEST_F(StoredImageTest, IsNotReadOnceItIsAnother) {
  store("a.webp", "one");
  const auto one = found("a.webp");
  store("a.webp", "two");
  EXPECT_EQ(bytes_of(one).error(), Errc::conflict);
  EXPECT_EQ(must(bytes_of(found("a.webp"))), "two");
}

TEST_F(StoredImageTest, IsNotReadOnceItIsDeleted) {
  store("a.webp", "one");
  const auto one = found("a.webp");
  execute("DELETE FROM assets");
  EXPECT_EQ(bytes_of(one).error(), Errc::conflict);
  store("a.webp", "one");  // another image of that name
  EXPECT_EQ(bytes_of(one).error(), Errc::conflict);
}

}  // namespace
}  // namespace coppice::app::content
