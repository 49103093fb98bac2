#include "net/server/address_counts.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace coppice::net::server {
namespace {

boost::asio::ip::address from_text(const std::string& text) {
  return boost::asio::ip::make_address(text);
}

TEST(AddressCounts, AnAddressHasAsManySeatsAsItMay) {
  const auto counts = AddressCounts::make(2);
  auto first = counts->take_seat(from_text("192.0.2.1"));
  const auto second = counts->take_seat(from_text("192.0.2.1"));
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(counts->take_seat(from_text("192.0.2.1")));
  EXPECT_TRUE(counts->take_seat(from_text("192.0.2.2")));
  first.reset();
  EXPECT_TRUE(counts->take_seat(from_text("192.0.2.1")));
}

TEST(AddressCounts, ANetworkOfIpv6IsOneAddress) {
  const auto counts = AddressCounts::make(1);
  const auto seat = counts->take_seat(from_text("2001:db8:0:1::1"));
  ASSERT_TRUE(seat);
  EXPECT_FALSE(counts->take_seat(from_text("2001:db8:0:1:ffff::2")));
  EXPECT_TRUE(counts->take_seat(from_text("2001:db8:0:2::1")));
}

TEST(AddressCounts, SomeMayHaveAnyNumber) {
  const auto counts = AddressCounts::make(1, *parse_address_ranges("192.0.2.0/24"));
  std::vector<AddressCounts::Seat> seats;
  for (int i = 0; i < 3; ++i) {
    auto seat = counts->take_seat(from_text("192.0.2.1"));
    ASSERT_TRUE(seat);
    seats.push_back(*std::move(seat));
  }
  const auto other = counts->take_seat(from_text("198.51.100.1"));
  EXPECT_TRUE(other);
  EXPECT_FALSE(counts->take_seat(from_text("198.51.100.1")));
}

TEST(AddressCounts, ThereIsATotalOfAllThatHaveASeat) {
  const auto counts = AddressCounts::make(0);
  {
    auto first = counts->take_seat(from_text("192.0.2.1"));
    const auto second = counts->take_seat(from_text("2001:db8::1"));
    ASSERT_TRUE(first && second);
    EXPECT_EQ(counts->total(), 2U);
    std::optional<AddressCounts::Seat> moved;
    moved.swap(first);
    EXPECT_FALSE(first);
    EXPECT_EQ(counts->total(), 2U);
  }
  EXPECT_EQ(counts->total(), 0U);
}

}  // namespace
}  // namespace coppice::net::server
