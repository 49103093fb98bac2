#include "net/address_range.hpp"

#include <algorithm>
#include <charconv>
#include <span>
#include <string>

#include "net/http/headers.hpp"

namespace coppice::net {
namespace {

namespace ip = boost::asio::ip;

constexpr std::string_view kPrivate = "private";
constexpr std::string_view kPrivateRanges =
    "127.0.0.0/8, ::1, 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, 169.254.0.0/16, "
    "fe80::/10, fc00::/7";

std::unexpected<actors::Error> malformed(std::string_view text) {
  return actors::fail(actors::Errc::invalid_argument,
                      "\"" + std::string(text) +
                          "\" is no address range such as 10.0.0.0/8, fd00::/8 or 192.0.2.1");
}

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

bool same_bits(std::span<const unsigned char> a, std::span<const unsigned char> b, unsigned bits) {
  const unsigned bytes = bits / 8;
  if (!std::ranges::equal(a.first(bytes), b.first(bytes))) return false;
  if (bits % 8 == 0) return true;
  const unsigned shift = 8 - (bits % 8);
  return (a[bytes] >> shift) == (b[bytes] >> shift);
}

}  // namespace

actors::Result<AddressRange> AddressRange::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto first = parse_address(text.substr(0, slash));
  if (!first) return malformed(text);
  const unsigned most = first->is_v4() ? 32 : 128;
  if (slash == std::string_view::npos) return AddressRange(*first, most);
  const auto bits = number(text.substr(slash + 1));
  if (!bits || *bits > most) return malformed(text);
  return AddressRange(*first, *bits);
}

bool AddressRange::contains(const ip::address& address) const noexcept {
  if (address.is_v4() != first_.is_v4()) return false;
  if (address.is_v4()) {
    return same_bits(address.to_v4().to_bytes(), first_.to_v4().to_bytes(), bits_);
  }
  return same_bits(address.to_v6().to_bytes(), first_.to_v6().to_bytes(), bits_);
}

actors::Result<std::vector<AddressRange>> parse_address_ranges(std::string_view list) {
  std::vector<AddressRange> ranges;
  for (const auto element : http::split_list(list)) {
    if (element == kPrivate) {
      auto named = parse_address_ranges(kPrivateRanges);
      if (!named) return std::unexpected(named.error());
      ranges.insert(ranges.end(), named->begin(), named->end());
      continue;
    }
    auto range = AddressRange::parse(element);
    if (!range) return std::unexpected(range.error());
    ranges.push_back(*range);
  }
  return ranges;
}

bool contains(const std::vector<AddressRange>& ranges, const ip::address& address) noexcept {
  return std::ranges::any_of(
      ranges, [&address](const AddressRange& range) { return range.contains(address); });
}

std::optional<ip::address> parse_address(std::string_view text) {
  boost::system::error_code error;
  auto address = ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  }
  return address;
}

}  // namespace coppice::net
