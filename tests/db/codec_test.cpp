#include "db/codec.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace coppice::db {
namespace {

using actors::Errc;

enum class Colour : std::uint8_t { green = 1, brown = 2 };

struct Leaf {
  std::string name;
  std::int32_t count = 0;
  auto fields(this auto& self) { return std::tie(self.name, self.count); }
  friend bool operator==(const Leaf&, const Leaf&) = default;
};

struct Tree {
  bool alive = false;
  double height = 0;
  Colour colour = Colour::green;
  std::optional<std::string> note;
  std::optional<std::int64_t> age;
  Blob rings;
  std::vector<Leaf> leaves;
  auto fields(this auto& self) {
    return std::tie(self.alive, self.height, self.colour, self.note, self.age, self.rings,
                    self.leaves);
  }
  friend bool operator==(const Tree&, const Tree&) = default;
};

struct OlderLeaf {
  std::string name;
  auto fields(this auto& self) { return std::tie(self.name); }
};

Tree a_tree() {
  return {true,
          7.25,
          Colour::brown,
          std::nullopt,
          -3,
          Blob{std::byte{0}, std::byte{255}},
          {{"a", 1}, {std::string("b\0\xff", 3), std::numeric_limits<std::int32_t>::min()}}};
}

TEST(Codec, RoundTripsAStructWithEveryKindOfField) {
  EXPECT_EQ(from_bytes<Tree>(to_bytes(a_tree())).value(), a_tree());
  EXPECT_EQ(from_bytes<Tree>(to_bytes(Tree{})).value(), Tree{});
}

TEST(Codec, RoundTripsPlainValues) {
  EXPECT_EQ(from_bytes<std::string>(to_bytes(std::string())).value(), "");
  EXPECT_EQ(from_bytes<std::int64_t>(to_bytes(std::numeric_limits<std::int64_t>::min())).value(),
            std::numeric_limits<std::int64_t>::min());
  EXPECT_TRUE(std::isnan(from_bytes<double>(to_bytes(std::nan(""))).value()));
}

TEST(Codec, HasTheDocumentedBytes) {
  const Leaf leaf{"ab", -2};
  EXPECT_EQ(to_bytes(leaf),
            std::string("l\2\0\0\0t\2\0\0\0abi\xfe\xff\xff\xff\xff\xff\xff\xff", 21));
}

TEST(Codec, FieldsThatAnOlderReleaseDidNotSendKeepTheirDefault) {
  EXPECT_EQ(from_bytes<Leaf>(to_bytes(OlderLeaf{"a"})).value(), (Leaf{"a", 0}));
}

TEST(Codec, FieldsThatOnlyANewerReleaseKnowsAreRefused) {
  const auto decoded = from_bytes<OlderLeaf>(to_bytes(Leaf{"a", 1}));
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error(), Errc::malformed);
  EXPECT_NE(decoded.error().context.find("more fields"), std::string::npos);
}

TEST(Codec, RefusesEveryTruncationAndLeftOverBytes) {
  const std::string bytes = to_bytes(a_tree());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(from_bytes<Tree>(std::string_view(bytes).substr(0, length))) << length;
  }
  EXPECT_EQ(from_bytes<Tree>(bytes + "n").error(), Errc::malformed);
}

TEST(Codec, RefusesWrongKindsAndValuesOutOfRange) {
  EXPECT_EQ(from_bytes<std::string>(to_bytes(std::int64_t{1})).error(), Errc::malformed);
  EXPECT_EQ(from_bytes<std::int64_t>(to_bytes(std::string("1"))).error(), Errc::malformed);
  EXPECT_EQ(from_bytes<std::int32_t>(to_bytes(std::int64_t{1} << 40)).error(), Errc::malformed);
  EXPECT_EQ(from_bytes<Colour>(to_bytes(std::int64_t{256})).error(), Errc::malformed);
  EXPECT_EQ(from_bytes<bool>(to_bytes(std::int64_t{2})).error(), Errc::malformed);
}

TEST(Codec, AClaimedLengthCostsNoMemory) {
  const std::string_view huge("l\xff\xff\xff\xff", 5);
  EXPECT_EQ(from_bytes<std::vector<Leaf>>(huge).error(), Errc::malformed);
  EXPECT_EQ(from_bytes<std::string>(std::string_view("t\xff\xff\xff\xff", 5)).error(),
            Errc::malformed);
}

}  // namespace
}  // namespace coppice::db
