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

TEST(Headers, MergeIntoTheListThatIsThere) {
  Headers headers;
  headers.merge("vary", "origin");
  headers.add("b", "1");
  headers.add("vary", "cookie");
  headers.add("c", "2");
  headers.merge("Vary", "accept-encoding");
  headers.merge("vary", "Cookie");  // listed by the second field
  EXPECT_EQ(headers.wire(), "vary: origin, accept-encoding\r\nb: 1\r\nvary: cookie\r\nc: 2\r\n");
  EXPECT_EQ(headers.get("b"), "1");
  EXPECT_EQ(headers[2].value, "cookie");
  EXPECT_EQ(headers.get("c"), "2");
  headers.merge("b", headers.get("c").value());
  EXPECT_EQ(headers.get("b"), "1, 2");
  EXPECT_THROW(headers.merge("b", "3\r\nd: 4"), std::invalid_argument);
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

TEST(WithoutParameters, LeavesWhatStandsBeforeThem) {
  EXPECT_EQ(without_parameters("text/html; charset=utf-8"), "text/html");
  EXPECT_EQ(without_parameters(" form-data ;name=\"a;b\""), "form-data");
  EXPECT_EQ(without_parameters("text/html"), "text/html");
  EXPECT_EQ(without_parameters(";x"), "");
  EXPECT_EQ(without_parameters(""), "");
}

TEST(SplitList, DropsBlanksAndEmptyElements) {
  EXPECT_EQ(split_list(" a, ,b\t,,c d "), (std::vector<std::string_view>{"a", "b", "c d"}));
  EXPECT_TRUE(split_list("").empty());
}

}  // namespace
}  // namespace coppice::net::http
