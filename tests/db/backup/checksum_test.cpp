#include "db/backup/checksum.hpp"

#include <string_view>

#include <gtest/gtest.h>

namespace coppice::db {
namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST(Checksum, IsThatOfTheStandardsExample) {
  Checksum sum;
  sum.add(bytes("abc"));
  EXPECT_EQ(sum.finish(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Checksum, DoesNotDependOnTheParts) {
  Checksum whole;
  whole.add(bytes("abcdef"));
  Checksum parts;
  parts.add(bytes("ab"));
  parts.add(bytes(""));
  parts.add(bytes("cdef"));
  EXPECT_EQ(whole.finish(), parts.finish());
}

}  // namespace
}  // namespace coppice::db
