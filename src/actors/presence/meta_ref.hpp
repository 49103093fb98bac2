#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace coppice::actors::presence {

/// Names one version of one member's meta, in the whole cluster: 16 characters of base64url, the
/// `phx_ref` that clients see. Inline, because there is one for each member.
class MetaRef {
 public:
  static constexpr std::size_t kSize = 16;

  /// Names nothing.
  constexpr MetaRef() noexcept = default;

  /// Encodes 48 bits that name the process and 48 that count within it. Higher bits are ignored.
  MetaRef(std::uint64_t process, std::uint64_t count) noexcept;

  /// Of the text that another node has sent; nothing if that is none.
  [[nodiscard]] static std::optional<MetaRef> parse(std::string_view text) noexcept;

  [[nodiscard]] explicit operator bool() const noexcept { return text_.front() != '\0'; }
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), kSize}; }

  friend auto operator<=>(const MetaRef&, const MetaRef&) noexcept = default;

 private:
  std::array<char, kSize> text_{};
};

}  // namespace coppice::actors::presence

template <>
struct std::hash<coppice::actors::presence::MetaRef> {
  std::size_t operator()(const coppice::actors::presence::MetaRef& ref) const noexcept {
    return std::hash<std::string_view>{}(ref.text());
  }
};
