#include "net/address_range.hpp"

#include <gtest/gtest.h>

namespace coppice::net {
namespace {

bool in(std::string_view ranges, std::string_view address) {
  return contains(*parse_address_ranges(ranges), *parse_address(address));
}

TEST(AddressRange, ContainsWhatBeginsWithTheSameBits) {
  EXPECT_TRUE(in("10.0.0.0/8", "10.255.1.2"));
  EXPECT_FALSE(in("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(in("172.16.0.0/12", "172.31.255.255"));
  EXPECT_FALSE(in("172.16.0.0/12", "172.32.0.0"));
  EXPECT_TRUE(in("0.0.0.0/0", "192.0.2.1"));
  EXPECT_FALSE(in("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(in("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(in("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(in("192.0.2.1", "192.0.2.1"));
  EXPECT_FALSE(in("192.0.2.1", "192.0.2.2"));
}

TEST(AddressRange, TakesMappedAddressesForIpv4) {
  EXPECT_TRUE(in("10.0.0.0/8", "::ffff:10.1.1.1"));
  EXPECT_TRUE(in("::ffff:10.1.1.1", "10.1.1.1"));
}

TEST(AddressRange, KnowsWhatIsPrivate) {
  for (const char* address :
       {"127.0.0.1", "::1", "192.168.3.4", "fdaa::3", "fe80::1", "100.64.0.1"}) {
    EXPECT_TRUE(in("192.0.2.0/24, private", address)) << address;
  }
  EXPECT_FALSE(in("private", "8.8.8.8"));
  EXPECT_FALSE(in("", "127.0.0.1"));
}

TEST(AddressRange, RefusesWhatIsNone) {
  for (const char* text : {"10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0/8", "host",
                           "10.0.0.0/8/8", "private/8"}) {
    EXPECT_FALSE(parse_address_ranges(text)) << text;
  }
}

}  // namespace
}  // namespace coppice::net
