#include "actors/presence/meta_ref.hpp"

#include <span>

namespace coppice::actors::presence {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// 48 bits are 8 characters of 6 bits each, most significant first.
void encode(std::uint64_t bits, std::span<char, MetaRef::kSize / 2> out) noexcept {
  unsigned shift = 48;
  for (char& c : out) {
    shift -= 6;
    c = kAlphabet[(bits >> shift) & 63U];
  }
}

}  // namespace

MetaRef::MetaRef(std::uint64_t process, std::uint64_t count) noexcept {
  const std::span<char, kSize> all(text_);
  encode(process, all.first<kSize / 2>());
  encode(count, all.last<kSize / 2>());
}

std::optional<MetaRef> MetaRef::parse(std::string_view text) noexcept {
  if (text.size() != kSize || text.find_first_not_of(kAlphabet) != text.npos) return std::nullopt;
  MetaRef ref;
  text.copy(ref.text_.data(), kSize);
  return ref;
}

}  // namespace coppice::actors::presence
