#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "actors/result.hpp"

namespace coppice::net {

/// Addresses that begin with the same bits: "10.0.0.0/8", "fd00::/8", or one address.
class AddressRange {
 public:
  /// Errors: invalid_argument; the context shows the text.
  [[nodiscard]] static actors::Result<AddressRange> parse(std::string_view text);

  [[nodiscard]] bool contains(const boost::asio::ip::address& address) const noexcept;

 private:
  AddressRange(const boost::asio::ip::address& first, unsigned bits) : first_(first), bits_(bits) {}

  boost::asio::ip::address first_;
  unsigned bits_;
};

/// Ranges out of a comma-separated list, in which `private` stands for all that are never routed in
/// the internet: loopback, link-local, 10/8, 172.16/12, 192.168/16, 100.64/10, fc00::/7.
///
/// Errors: invalid_argument; the context shows the element.
[[nodiscard]] actors::Result<std::vector<AddressRange>> parse_address_ranges(std::string_view list);

/// Whether one of them contains the address.
[[nodiscard]] bool contains(const std::vector<AddressRange>& ranges,
                            const boost::asio::ip::address& address) noexcept;

/// An address from text, with an IPv4-mapped one as IPv4. Nothing if it is none.
[[nodiscard]] std::optional<boost::asio::ip::address> parse_address(std::string_view text);

}  // namespace coppice::net
