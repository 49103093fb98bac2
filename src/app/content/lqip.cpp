#include "app/content/lqip.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace coppice::app::content {

namespace {

struct Rgb {
  double r = 0;
  double g = 0;
  double b = 0;
};

struct Oklab {
  double l = 0;
  double a = 0;
  double b = 0;
};

constexpr int kColumns = 3;
constexpr int kRows = 2;

const std::array<double, 256>& linear_of_srgb() {
  static const std::array<double, 256> table = [] {
    std::array<double, 256> values{};
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double c = static_cast<double>(i) / 255;
      values[i] = c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    }
    return values;
  }();
  return table;
}

/// Björn Ottosson's colour space; the numbers are its definition.
Oklab to_oklab(Rgb c) {
  const double l = std::cbrt(0.4122214708 * c.r + 0.5363325363 * c.g + 0.0514459929 * c.b);
  const double m = std::cbrt(0.2119034982 * c.r + 0.6806995451 * c.g + 0.1073969566 * c.b);
  const double s = std::cbrt(0.0883024619 * c.r + 0.2817188376 * c.g + 0.6299787005 * c.b);
  return {.l = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
          .a = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
          .b = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s};
}

/// A sum of colours, in linear light, where adding them means mixing them.
class Mix {
 public:
  void add(const std::uint8_t* rgba) {
    const auto& linear = linear_of_srgb();
    sum_.r += linear[rgba[0]];
    sum_.g += linear[rgba[1]];
    sum_.b += linear[rgba[2]];
    ++count_;
  }

  [[nodiscard]] std::int64_t count() const { return count_; }

  [[nodiscard]] Oklab mean() const {
    const auto n = static_cast<double>(std::max<std::int64_t>(count_, 1));
    return to_oklab({.r = sum_.r / n, .g = sum_.g / n, .b = sum_.b / n});
  }

 private:
  Rgb sum_;
  std::int64_t count_ = 0;
};

struct Pixel {
  const std::uint8_t* rgba;
  int x;
  int y;
};

template <class Visit>
void for_each_pixel(const Bitmap& image, Visit visit) {
  const std::uint8_t* at = image.rgba.data();
  for (int y = 0; y < image.height_px; ++y) {
    for (int x = 0; x < image.width_px; ++x, at += 4) visit(Pixel{at, x, y});
  }
}

bool is_opaque(const Bitmap& image) {
  for (std::size_t i = 3; i < image.rgba.size(); i += 4) {
    if (image.rgba[i] != 0xFF) return false;
  }
  return true;
}

/// The mean of the fullest of 512 boxes of similar colours.
Oklab dominant_colour(const Bitmap& image) {
  std::array<Mix, 512> boxes;
  for_each_pixel(image, [&boxes](Pixel p) {
    const std::size_t box = (std::size_t{p.rgba[0]} >> 5U << 6U) |
                            (std::size_t{p.rgba[1]} >> 5U << 3U) | (std::size_t{p.rgba[2]} >> 5U);
    boxes[box].add(p.rgba);
  });
  return std::ranges::max_element(boxes, {}, &Mix::count)->mean();
}

/// Images narrower than the grid leave cells empty; those take the base colour's brightness.
std::array<std::optional<double>, 6> cell_brightness(const Bitmap& image) {
  std::array<Mix, 6> cells;
  for_each_pixel(image, [&](Pixel p) {
    const auto column = std::int64_t{p.x} * kColumns / image.width_px;
    const auto row = std::int64_t{p.y} * kRows / image.height_px;
    cells[static_cast<std::size_t>(row * kColumns + column)].add(p.rgba);
  });
  std::array<std::optional<double>, 6> brightness;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].count() > 0) brightness[i] = cells[i].mean().l;
  }
  return brightness;
}

struct BaseBits {
  std::uint32_t l = 0;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
};

/// The colour that a style sheet makes of the bits.
Oklab unpack(BaseBits bits) {
  return {.l = bits.l / 3.0 * 0.6 + 0.2,
          .a = bits.a / 8.0 * 0.7 - 0.35,
          .b = (bits.b + 1) / 8.0 * 0.7 - 0.35};
}

/// Moves faint colours away from grey, so that a tint survives the coarse steps.
Oklab spread(Oklab c) {
  const double scale = 1 / (1e-6 + std::sqrt(std::hypot(c.a, c.b)));
  return {.l = c.l, .a = c.a * scale, .b = c.b * scale};
}

BaseBits nearest_bits(Oklab colour) {
  constexpr double kGreyPenalty = 0.04;  // of two equally near colours, the one that is not grey
  const Oklab wanted = spread(colour);
  BaseBits best;
  double best_distance = std::numeric_limits<double>::infinity();
  for (std::uint32_t code = 0; code < 256; ++code) {
    const BaseBits bits{.l = code >> 6U, .a = (code >> 3U) & 7U, .b = code & 7U};
    const Oklab candidate = spread(unpack(bits));
    const bool grey = bits.a == 4 && bits.b == 3;
    const double distance =
        std::hypot(candidate.l - wanted.l, candidate.a - wanted.a, candidate.b - wanted.b) +
        (grey ? kGreyPenalty : 0);
    if (distance < best_distance) {
      best_distance = distance;
      best = bits;
    }
  }
  return best;
}

}  // namespace

std::optional<std::int32_t> placeholder_of(const Bitmap& image) {
  if (image.rgba.empty() || !is_opaque(image)) return std::nullopt;
  const BaseBits base = nearest_bits(dominant_colour(image));
  const double base_l = unpack(base).l;
  std::uint32_t packed = 0;
  for (const std::optional<double> l : cell_brightness(image)) {
    const double relative = std::clamp(0.5 + l.value_or(base_l) - base_l, 0.0, 1.0);
    packed = (packed << 2U) | static_cast<std::uint32_t>(std::lround(relative * 3));
  }
  packed = (packed << 8U) | (base.l << 6U) | (base.a << 3U) | base.b;
  constexpr std::int32_t kOffset = 1 << 19;
  return static_cast<std::int32_t>(packed) - kOffset;
}

}  // namespace coppice::app::content
