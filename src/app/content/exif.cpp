#include "app/content/exif.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace coppice::app::content {

namespace {

constexpr int kUpright = 1;
constexpr std::uint32_t kOrientationTag = 0x0112;

/// Unsigned integers of a text in one byte order; nothing beyond its end.
class Bytes {
 public:
  Bytes(std::string_view text, bool big_endian) : text_(text), big_endian_(big_endian) {}

  [[nodiscard]] std::optional<std::uint32_t> number(std::size_t at, std::size_t size) const {
    if (at > text_.size() || text_.size() - at < size) return std::nullopt;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t from = big_endian_ ? at + i : at + size - 1 - i;
      value = (value << 8U) | static_cast<unsigned char>(text_[from]);
    }
    return value;
  }

 private:
  std::string_view text_;
  bool big_endian_;
};

/// The Exif block among the segments at the start of a JPEG, from its TIFF header on.
std::string_view find_tiff(std::string_view jpeg) {
  constexpr std::string_view kExif("Exif\0\0", 6);
  const Bytes bytes(jpeg, true);
  if (bytes.number(0, 2) != 0xFFD8U) return {};
  std::size_t at = 2;
  while (true) {
    const auto marker = bytes.number(at, 2);
    const auto size = bytes.number(at + 2, 2);
    constexpr std::uint32_t kStartOfScan = 0xFFDA;
    constexpr std::uint32_t kApplication1 = 0xFFE1;
    if (!marker || !size || *size < 2 || *marker < 0xFF00U || *marker == kStartOfScan) return {};
    if (*marker == kApplication1) {
      const std::string_view segment = jpeg.substr(at + 4, *size - 2);
      if (segment.starts_with(kExif)) return segment.substr(kExif.size());
    }
    at += 2 + std::size_t{*size};
  }
}

}  // namespace

int exif_orientation(std::string_view jpeg) noexcept {
  const std::string_view tiff = find_tiff(jpeg);
  if (!tiff.starts_with("II") && !tiff.starts_with("MM")) return kUpright;
  const Bytes bytes(tiff, tiff.starts_with("MM"));
  const auto directory = bytes.number(4, 4);
  const auto entries = directory ? bytes.number(*directory, 2) : std::nullopt;
  constexpr std::size_t kEntryBytes = 12;
  for (std::uint32_t i = 0; i < entries.value_or(0); ++i) {
    const std::size_t entry = std::size_t{*directory} + 2 + i * kEntryBytes;
    const auto tag = bytes.number(entry, 2);
    if (!tag) return kUpright;
    if (*tag != kOrientationTag) continue;
    const std::uint32_t value = bytes.number(entry + 8, 2).value_or(kUpright);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : kUpright;
  }
  return kUpright;
}

}  // namespace coppice::app::content
