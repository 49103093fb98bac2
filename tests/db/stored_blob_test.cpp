#include "db/stored_blob.hpp"

#include "db/database_fixture.hpp"
#include "db/transaction.hpp"

namespace coppice::db {
namespace {

using actors::Errc;

/// Bytes in which every place can be told from its neighbours.
std::string varied(std::size_t size) {
  std::string text;
  while (text.size() < size) text += std::to_string(text.size()) + " ";
  text.resize(size);
  return text;
}

class StoredBlobTest : public DatabaseTest {
 protected:
  StoredBlobTest() {
    execute("CREATE TABLE t (id INTEGER PRIMARY KEY, other TEXT, data BLOB)");
    execute("INSERT INTO t VALUES (1, 'x', ?)", std::as_bytes(std::span(large_)));
    execute("INSERT INTO t VALUES (2, 'x', x''), (3, 'x', 'text'), (4, 'x', NULL)");
  }

  [[nodiscard]] actors::Result<StoredBlob> blob(std::int64_t rowid) {
    return StoredBlob::open(db_, {.table = "t", .column = "data", .rowid = rowid});
  }

  const std::string large_ = varied(1'000'000);
};

TEST_F(StoredBlobTest, ReadsAnyPartOfIt) {
  const auto snapshot = must(Transaction::begin(db_, Transaction::Kind::deferred));
  const auto large = must(blob(1));
  ASSERT_EQ(large.size(), large_.size());
  EXPECT_EQ(must(large.read(0, large_.size())), large_);
  EXPECT_EQ(must(large.read(0, 10)), large_.substr(0, 10));
  EXPECT_EQ(must(large.read(700'001, 100'000)), large_.substr(700'001, 100'000));
  EXPECT_EQ(must(large.read(999'999, 1)), large_.substr(999'999));
  EXPECT_EQ(must(large.read(1'000'000, 0)), "");
}

TEST_F(StoredBlobTest, ReadsNothingBehindItsEnd) {
  const auto snapshot = must(Transaction::begin(db_, Transaction::Kind::deferred));
  const auto large = must(blob(1));
  EXPECT_EQ(large.read(999'999, 2).error(), Errc::invalid_argument);
  EXPECT_EQ(large.read(1'000'001, 0).error(), Errc::invalid_argument);
  EXPECT_EQ(large.read(1, ~std::uint64_t{0}).error(), Errc::invalid_argument);
}

TEST_F(StoredBlobTest, MayBeEmptyOrText) {
  const auto snapshot = must(Transaction::begin(db_, Transaction::Kind::deferred));
  const auto empty = must(blob(2));
  EXPECT_EQ(empty.size(), 0U);
  EXPECT_EQ(must(empty.read(0, 0)), "");
  const auto words = must(blob(3));
  EXPECT_EQ(must(words.read(1, 3)), "ext");
}

TEST_F(StoredBlobTest, IsNotThereForNoRowOrNoBytes) {
  const auto snapshot = must(Transaction::begin(db_, Transaction::Kind::deferred));
  EXPECT_FALSE(blob(4));
  EXPECT_FALSE(blob(5));
  EXPECT_FALSE(StoredBlob::open(db_, {.table = "u", .column = "data", .rowid = 1}));
}

}  // namespace
}  // namespace coppice::db
