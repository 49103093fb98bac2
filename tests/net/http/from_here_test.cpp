#include "net/http/from_here.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace coppice::net::http {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

bool is_from_here(const std::string& peer, const std::string& host, const Lines& headers = {}) {
  Request request;
  request.peer.address = boost::asio::ip::make_address(peer);
  request.client = request.peer.address;
  request.headers.add("host", host);
  for (const auto& [name, value] : headers) request.headers.add(name, value);
  return http::is_from_here(request);
}

TEST(IsFromHere, TakesProgramsAndPagesOfThisMachine) {
  EXPECT_TRUE(is_from_here("127.0.0.1", "localhost:4000"));
  EXPECT_TRUE(is_from_here("127.0.0.1", "127.0.0.1:4000"));
  EXPECT_TRUE(is_from_here("127.8.9.1", "LocalHost"));
  EXPECT_TRUE(is_from_here("::1", "[::1]:4000"));
  EXPECT_TRUE(is_from_here("::1", "localhost:4000", {{"origin", "http://localhost:4000"}}));
  EXPECT_TRUE(is_from_here("::1", "localhost:4000", {{"sec-fetch-site", "same-origin"}}));
  EXPECT_TRUE(is_from_here("::1", "localhost:4000", {{"sec-fetch-site", "none"}}));
}

TEST(IsFromHere, TakesNobodyElsesMachine) {
  EXPECT_FALSE(is_from_here("192.0.2.1", "localhost:4000"));
  EXPECT_FALSE(is_from_here("10.0.0.1", "10.0.0.1:4000"));
  EXPECT_FALSE(is_from_here("fe80::1", "[::1]:4000"));
}

TEST(IsFromHere, TakesNothingThatSomebodyPassesOn) {
  for (const auto* name :
       {"x-forwarded-for", "X-Forwarded-Proto", "x-forwarded-host", "Forwarded", "Via", "X-Real-IP",
        "fly-client-ip", "cf-connecting-ip", "True-Client-IP", "x-client-ip"}) {
    EXPECT_FALSE(is_from_here("127.0.0.1", "localhost:4000", {{name, "127.0.0.1"}})) << name;
  }
}

TEST(IsFromHere, TakesNoNameThatLeadsHere) {
  EXPECT_FALSE(is_from_here("127.0.0.1", "evil.example:4000"));
  EXPECT_FALSE(is_from_here("127.0.0.1", "localhost.evil.example"));
  EXPECT_FALSE(is_from_here("127.0.0.1", "192.0.2.1"));
  EXPECT_FALSE(is_from_here("127.0.0.1", ""));
  EXPECT_FALSE(is_from_here("127.0.0.1", "localhost", {{"host", "evil.example"}}));
}

TEST(IsFromHere, TakesNoPageOfAnotherSite) {
  for (const auto* origin : {"http://evil.example", "http://localhost:3000", "null", ""}) {
    EXPECT_FALSE(is_from_here("127.0.0.1", "localhost:4000", {{"origin", origin}})) << origin;
  }
  for (const auto* site : {"cross-site", "same-site"}) {
    EXPECT_FALSE(is_from_here("127.0.0.1", "localhost:4000", {{"sec-fetch-site", site}})) << site;
  }
}

}  // namespace
}  // namespace coppice::net::http
