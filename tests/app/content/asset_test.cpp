#include "app/content/asset.hpp"

#include <gtest/gtest.h>

#include "app/content/exif.hpp"
#include "app/content/lqip.hpp"
#include "app/content/test_images.hpp"

namespace coppice::app::content {
namespace {

using actors::Errc;

constexpr Rgba kRed = {255, 0, 0, 255};
constexpr Rgba kWhite = {255, 255, 255, 255};
constexpr Rgba kBlack = {0, 0, 0, 255};

struct Unpacked {
  std::array<std::uint32_t, 6> cells;
  std::uint32_t l, a, b;
};

Unpacked unpack(std::int32_t placeholder) {
  const auto bits = static_cast<std::uint32_t>(placeholder + (1 << 19));
  Unpacked result{.cells = {}, .l = bits >> 6U & 3U, .a = bits >> 3U & 7U, .b = bits & 7U};
  for (std::uint32_t i = 0; i < 6; ++i) result.cells[i] = bits >> (18 - 2 * i) & 3U;
  return result;
}

TEST(Asset, IsConvertedToWebpWithItsSizeAndPlaceholder) {
  const auto asset = make_asset("photo of a tree.bmp", bmp_file(plain(30, 20, kRed)));
  ASSERT_TRUE(asset) << asset.error().message();
  EXPECT_EQ(asset->name, "photo of a tree.webp");
  EXPECT_EQ(asset->path, "/assets/images/photo%20of%20a%20tree.webp");
  EXPECT_EQ(asset->content_type, "image/webp");
  EXPECT_EQ(asset->width_px, 30);
  EXPECT_EQ(asset->height_px, 20);
  EXPECT_TRUE(asset->lqip_hash.has_value());
  const std::string_view data(reinterpret_cast<const char*>(asset->data.data()),
                              asset->data.size());
  EXPECT_TRUE(data.starts_with("RIFF") && data.substr(8).starts_with("WEBP"));
  EXPECT_EQ(make_asset("a.bmp", bmp_file(plain(30, 20, kRed)))->data, asset->data);
}

TEST(Asset, MayBeWebpAlready) {
  const auto file = encode_webp(plain(8, 6, kRed), 80);
  ASSERT_TRUE(file) << file.error().message();
  const auto asset = make_asset("a.webp", *file);
  ASSERT_TRUE(asset) << asset.error().message();
  EXPECT_EQ(asset->name, "a.webp");
  EXPECT_EQ(asset->width_px, 8);
}

TEST(DecodeImage, RefusesWhatIsNoImage) {
  EXPECT_EQ(decode_image("").error(), Errc::unsupported);
  EXPECT_EQ(decode_image("<svg xmlns=\"http://www.w3.org/2000/svg\"/>").error(), Errc::unsupported);
  const std::string whole = *encode_webp(plain(64, 64, kRed), 80);
  EXPECT_EQ(decode_image(whole.substr(0, whole.size() / 2)).error(), Errc::malformed);
}

TEST(DecodeImage, RefusesABombBeforeDecodingIt) {
  std::string bomb = bmp_file(plain(1, 1, kRed));
  for (const std::size_t at : {18U, 22U}) {
    bomb[at + 2] = 1;  // 65,537 pixels a side
  }
  EXPECT_EQ(decode_image(bomb).error(), Errc::too_large);
  EXPECT_EQ(decode_image(bmp_file(plain(11, 10, kRed)), 100).error(), Errc::too_large);
}

TEST(EncodeWebp, RefusesSidesThatTheFormatCannotHold) {
  EXPECT_EQ(encode_webp(plain(16'384, 1, kRed), 80).error(), Errc::too_large);
}

TEST(Placeholder, PacksTheBaseColourAndSixCells) {
  const auto placeholder = placeholder_of(draw(30, 20, [](int x, int y) {
    if (y >= 10 || x < 10) return kWhite;  // five of six cells
    return kBlack;
  }));
  ASSERT_TRUE(placeholder);
  const Unpacked bits = unpack(*placeholder);
  EXPECT_EQ(bits.l, 3U);
  EXPECT_EQ(bits.cells, (std::array<std::uint32_t, 6>{2, 0, 0, 2, 2, 2}));
}

TEST(Placeholder, KeepsTheHue) {
  const Unpacked red = unpack(*placeholder_of(plain(5, 5, kRed)));
  EXPECT_GE(red.a, 6U);  // towards red
  EXPECT_GE(red.b, 4U);  // towards yellow
  const Unpacked blue = unpack(*placeholder_of(plain(5, 5, {0, 0, 255, 255})));
  EXPECT_LE(blue.b, 1U);
}

TEST(Placeholder, StaysInTwentyBits) {
  for (const Rgba colour : {kBlack, kWhite, kRed}) {
    const auto placeholder = placeholder_of(plain(1, 1, colour));
    ASSERT_TRUE(placeholder);
    EXPECT_GE(*placeholder, -(1 << 19));
    EXPECT_LT(*placeholder, 1 << 19);
  }
}

TEST(Placeholder, IsMissingWhereThePageShowsThrough) {
  EXPECT_EQ(placeholder_of(plain(4, 4, {255, 0, 0, 254})), std::nullopt);
}

/// The start of a JPEG whose Exif block says @p orientation.
std::string jpeg_start(std::uint8_t orientation, bool big_endian) {
  const auto number = [big_endian](std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) {
      const int shift = 8 * (big_endian ? bytes - 1 - i : i);
      text += static_cast<char>((value >> shift) & 0xFFU);
    }
    return text;
  };
  std::string tiff = big_endian ? "MM" : "II";
  tiff += number(42, 2) + number(8, 4) + number(2, 2);
  tiff += number(0x010F, 2) + number(2, 2) + number(0, 8);
  tiff += number(0x0112, 2) + number(3, 2) + number(1, 4) + number(orientation, 2) + number(0, 2);
  const std::string exif = std::string("Exif\0\0", 6) + tiff;
  std::string jpeg = "\xFF\xD8\xFF\xE0";
  jpeg += std::string("\0\4xx", 4) + "\xFF\xE1";
  jpeg += '\0';
  jpeg += static_cast<char>(exif.size() + 2);
  return jpeg + exif;
}

TEST(ExifOrientation, IsReadInBothByteOrders) {
  EXPECT_EQ(exif_orientation(jpeg_start(6, true)), 6);
  EXPECT_EQ(exif_orientation(jpeg_start(8, false)), 8);
}

TEST(ExifOrientation, IsUprightWhenNothingSaysOtherwise) {
  EXPECT_EQ(exif_orientation(""), 1);
  EXPECT_EQ(exif_orientation("not a JPEG"), 1);
  EXPECT_EQ(exif_orientation(jpeg_start(9, true)), 1);
  const std::string whole = jpeg_start(6, true);
  for (std::size_t size = 0; size < whole.size() - 4; ++size) {
    EXPECT_EQ(exif_orientation(whole.substr(0, size)), 1) << size;
  }
}

}  // namespace
}  // namespace coppice::app::content
