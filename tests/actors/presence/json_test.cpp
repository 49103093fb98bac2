#include "actors/presence/json.hpp"

#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace coppice::actors::presence {
namespace {

EntryPtr entry(std::string key, std::string meta, std::uint64_t ref, std::uint64_t previous = 0) {
  return std::make_shared<const Entry>(
      Entry{.topic = "room",
            .key = std::move(key),
            .meta = std::move(meta),
            .ref = MetaRef(0, ref),
            .previous = previous == 0 ? MetaRef() : MetaRef(0, previous)});
}

TEST(PresenceJson, WritesAnEmptyStateAndDiff) {
  EXPECT_EQ(to_json(TopicState{}), "{}");
  EXPECT_EQ(to_json(Diff{}), R"({"joins":{},"leaves":{}})");
}

TEST(PresenceJson, GroupsMetasByKeyAndAddsTheRefs) {
  const TopicState state{.topic = "room",
                         .entries = {entry("a", R"({"n":1})", 1), entry("a", "{}", 2),
                                     entry("b", " {\n \"x\": {} }\n", 3, 1)}};
  EXPECT_EQ(
      to_json(state),
      R"({"a":{"metas":[{"n":1,"phx_ref":"AAAAAAAAAAAAAAAB"},{"phx_ref":"AAAAAAAAAAAAAAAC"}]},)"
      R"("b":{"metas":[{"x": {},"phx_ref":"AAAAAAAAAAAAAAAD","phx_ref_prev":"AAAAAAAAAAAAAAAB"}]}})");
}

TEST(PresenceJson, WritesJoinsAndLeaves) {
  const Diff diff{
      .topic = "room", .joins = {entry("a", "{}", 2, 1)}, .leaves = {entry("a", "{}", 1)}};
  EXPECT_EQ(
      to_json(diff),
      R"({"joins":{"a":{"metas":[{"phx_ref":"AAAAAAAAAAAAAAAC","phx_ref_prev":"AAAAAAAAAAAAAAAB"}]}},)"
      R"("leaves":{"a":{"metas":[{"phx_ref":"AAAAAAAAAAAAAAAB"}]}}})");
}

TEST(PresenceJson, EscapesKeys) {
  using namespace std::string_literals;
  const TopicState state{.topic = "room",
                         .entries = {entry("\"\\\n\0\x1f/é😀__proto__"s, "{}", 1)}};
  EXPECT_EQ(to_json(state),
            "{\"\\\"\\\\\\u000a\\u0000\\u001f/é😀__proto__\":{\"metas\":[{\"phx_ref\":"
            "\"AAAAAAAAAAAAAAAB\"}]}}");
}

TEST(PresenceJson, PutsItsRefBehindAFieldOfThatName) {
  const TopicState state{.topic = "room", .entries = {entry("a", R"({"phx_ref":"forged"})", 1)}};
  EXPECT_EQ(to_json(state),
            R"({"a":{"metas":[{"phx_ref":"forged","phx_ref":"AAAAAAAAAAAAAAAB"}]}})");
}

TEST(PresenceJson, TellsUtf8) {
  for (const std::string_view good : {"", "plain", "é", "😀", "\xEF\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(good)) << good;
  }
  // Cut short, a lone continuation, too long, a surrogate, beyond the last code point, no lead
  // byte.
  for (const std::string_view bad :
       {"\xC3", "\x80", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF"}) {
    EXPECT_FALSE(is_utf8(bad));
  }
}

TEST(PresenceJson, TellsAnObjectByItsBraces) {
  for (const std::string_view good : {"{}", " {\"a\":1}\n"}) EXPECT_TRUE(looks_like_object(good));
  for (const std::string_view bad :
       {"", " ", "{", "}", "[]", "null", "{}x", "\"{}\"", "{\"\xFF\":1}"}) {
    EXPECT_FALSE(looks_like_object(bad)) << bad;
  }
}

TEST(PresenceRef, IsDistinctForEachProcessAndCount) {
  EXPECT_NE(MetaRef(1, 1), MetaRef(1, 2));
  EXPECT_NE(MetaRef(1, 1), MetaRef(2, 1));
  EXPECT_EQ(MetaRef(1, 1), MetaRef(1, 1));
  EXPECT_EQ(MetaRef((1ULL << 48U) - 1, 1ULL << 47U).text(), "________gAAAAAAA");
  EXPECT_FALSE(MetaRef());
  EXPECT_TRUE(MetaRef(0, 0));
}

}  // namespace
}  // namespace coppice::actors::presence
