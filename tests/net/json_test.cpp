#include "net/json.hpp"

#include <gtest/gtest.h>

namespace coppice::net {
namespace {

std::string json_of(std::string_view text) {
  std::string out = "before ";
  append_json_string(out, text);
  return out.substr(7);
}

TEST(AppendJsonString, LeavesPlainAndForeignTextAlone) {
  EXPECT_EQ(json_of(""), R"("")");
  EXPECT_EQ(json_of("über 木 😀 /"), R"("über 木 😀 /")");
}

TEST(AppendJsonString, EscapesWhatJsonForbids) {
  EXPECT_EQ(json_of("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(json_of("\b\f\n\r\t"), R"("\b\f\n\r\t")");
  EXPECT_EQ(json_of(std::string_view("\0\x1F", 2)), R"("\u0000\u001f")");
}

TEST(AppendJsonString, FindsWhatToEscapeWhereverItStands) {
  for (std::size_t size = 0; size <= 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, '!');
      text[at] = '"';
      std::string wanted = text;
      wanted.insert(at, "\\");
      EXPECT_EQ(json_of(text), '"' + wanted + '"');
    }
  }
}

TEST(JsonEscapedSize, IsWhatIsAppended) {
  for (const auto* text :
       {"", "plain", "über 木 😀 /", "a\"b\\c\b\f\n\r\t", "\x01\x1F\x7F", "\"\"\"\"\"\"\"\"\""}) {
    EXPECT_EQ(json_escaped_size(text) + 2, json_of(text).size()) << text;
  }
  EXPECT_EQ(json_escaped_size(std::string_view("\0", 1)), 6);
}

TEST(AppendJsonString, EscapesNoMoreThanItMust) {
  for (int byte = 0; byte < 128; ++byte) {
    const std::string text(9, static_cast<char>(byte));
    const bool plain = byte >= 0x20 && byte != '"' && byte != '\\';
    EXPECT_EQ(json_of(text) == '"' + text + '"', plain) << byte;
  }
}

}  // namespace
}  // namespace coppice::net
