#pragma once

#include <atomic>
#include <bit>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace coppice::net::websocket {

/// Whether a frame may be left out for a client that reads too slowly, and what makes it
/// worthless.
class Shed {
 public:
  /// It has to arrive, or the connection ends.
  [[nodiscard]] static constexpr Shed never() noexcept { return Shed(0); }
  /// It may be left out, the oldest first.
  [[nodiscard]] static constexpr Shed oldest() noexcept { return Shed(1); }
  /// The same, and a later one with the same key, within @p scope, takes its place.
  [[nodiscard]] static Shed all_but_latest(std::string_view key, std::string_view scope) noexcept {
    const std::hash<std::string_view> hash;
    return Shed((hash(key) ^ std::rotl(hash(scope), 1)) | kKeyed);
  }

  [[nodiscard]] constexpr bool allowed() const noexcept { return value_ != 0; }
  [[nodiscard]] constexpr bool has_key() const noexcept { return value_ > 1; }
  /// Only with a key.
  [[nodiscard]] constexpr std::uint64_t key() const noexcept { return value_; }

 private:
  static constexpr std::uint64_t kKeyed = std::uint64_t{1} << 63U;
  explicit constexpr Shed(std::uint64_t value) noexcept : value_(value) {}

  std::uint64_t value_;
};

/// What slow clients have cost, over all connections. Thread: any.
struct SlowClientStats {
  std::atomic<std::uint64_t> closed{0};      ///< Connections, with 1013.
  std::atomic<std::uint64_t> dropped{0};     ///< Frames, the oldest ones.
  std::atomic<std::uint64_t> superseded{0};  ///< Frames for which a later one stands.
};

using SlowClientStatsPtr = std::shared_ptr<SlowClientStats>;

}  // namespace coppice::net::websocket
