#include "db/digest.hpp"

#include <string_view>

#include <gtest/gtest.h>

namespace coppice::db {
namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST(Sha256, IsThatOfTheStandardsExample) {
  Sha256 sum;
  sum.add(bytes("abc"));
  EXPECT_EQ(sum.finish(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, DoesNotDependOnTheParts) {
  Sha256 whole;
  whole.add(bytes("abcdef"));
  Sha256 parts;
  parts.add(bytes("ab"));
  parts.add(bytes(""));
  parts.add(bytes("cdef"));
  EXPECT_EQ(whole.finish(), parts.finish());
}

}  // namespace
}  // namespace coppice::db
