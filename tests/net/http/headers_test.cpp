#include "net/http/headers.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace coppice::net::http {
namespace {

TEST(Headers, FindWithoutCaseAndKeepOrder) {
  Headers headers;
  headers.add("Content-Type", "text/plain");
  headers.add("X-One", "1");
  headers.add("x-one", "2");
  EXPECT_EQ(headers.get("content-type"), "text/plain");
  EXPECT_EQ(headers.get("X-ONE"), "1");
  EXPECT_EQ(headers.count("x-one"), 2U);
  EXPECT_EQ(headers.get("x-two"), std::nullopt);
  EXPECT_EQ(headers[2].value, "2");
}

TEST(Headers, ReplaceAllOfAName) {
  Headers headers;
  headers.add("a", "1");
  headers.add("b", "2");
  headers.add("A", "3");
  headers.set("a", headers.get("b").value());
  EXPECT_EQ(headers.size(), 2U);
  EXPECT_EQ(headers.get("a"), "2");
}

TEST(Headers, RefuseWhatCouldSmuggleInOthers) {
  Headers headers;
  EXPECT_THROW(headers.add("a", "1\r\nb: 2"), std::invalid_argument);
  EXPECT_THROW(headers.add("a", std::string_view("\0", 1)), std::invalid_argument);
  EXPECT_THROW(headers.add("a b", "1"), std::invalid_argument);
  EXPECT_THROW(headers.add("", "1"), std::invalid_argument);
  EXPECT_TRUE(headers.empty());
  headers.add("a", "tab\tand über");
}

TEST(Headers, FindTokensInListsOverSeveralFields) {
  Headers headers;
  headers.add("Connection", "keep-alive , Upgrade");
  headers.add("connection", "x");
  EXPECT_TRUE(headers.has_token("connection", "upgrade"));
  EXPECT_TRUE(headers.has_token("connection", "X"));
  EXPECT_FALSE(headers.has_token("connection", "up"));
  EXPECT_FALSE(headers.has_token("upgrade", "x"));
}

TEST(SplitList, DropsBlanksAndEmptyElements) {
  EXPECT_EQ(split_list(" a, ,b\t,,c d "), (std::vector<std::string_view>{"a", "b", "c d"}));
  EXPECT_TRUE(split_list("").empty());
}

}  // namespace
}  // namespace coppice::net::http
