#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace coppice::app::http {

/// Bytes from first to last, both included.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  [[nodiscard]] std::uint64_t size() const noexcept { return last - first + 1; }
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

enum class RangeAnswer : std::uint8_t {
  whole,         ///< 200: no range was asked for, or one that isn't served.
  part,          ///< 206
  out_of_range,  ///< 416
};

struct RangeDecision {
  RangeAnswer answer = RangeAnswer::whole;
  ByteRange range{};
};

/// What a Range header (RFC 9110, section 14.2) asks of @p size bytes. One range is served; several
/// of them, and what is malformed, are answered with the whole, as the RFC allows.
[[nodiscard]] RangeDecision decide_range(std::string_view header, std::uint64_t size) noexcept;

}  // namespace coppice::app::http
