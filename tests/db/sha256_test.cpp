#include "db/sha256.hpp"

#include <gtest/gtest.h>

namespace coppice::db {
namespace {

// The first two of FIPS 180-2, and bytes that are no text.
TEST(Sha256Hex, PrintsWhatSha256sumPrints) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(std::string_view("\0\xff", 2)),
            "06eb7d6a69ee19e5fbdf749018d3d2abfa04bcbd1365db312eb86dc7169389b8");
}

}  // namespace
}  // namespace coppice::db
