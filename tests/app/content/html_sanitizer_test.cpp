#include "app/content/html_sanitizer.hpp"

#include <random>

#include <gtest/gtest.h>

namespace coppice::app::content {
namespace {

TEST(SanitizedHtml, KeepsWhatArticlesAreMadeOf) {
  for (const char* html :
       {"<p>a &amp; b <em>c</em></p>\n", "<h2 id=\"über-uns\">x</h2>",
        "<a href=\"https://example.com/?a=1&amp;b=2\" title=\"t\">x</a>", "<a href=\"#x\">x</a>",
        "<pre><code class=\"language-cpp\">a &lt; b\n</code></pre>",
        "<td align=\"center\" colspan=\"2\">x</td>",
        "<input type=\"checkbox\" checked=\"\" disabled=\"\" /> done",
        "<img src=\"/a.webp\" alt=\"\" width=\"3\" loading=\"lazy\" style=\"--lqip:-12\" />",
        "<details><summary>s</summary>x</details>", "a<br />b"}) {
    EXPECT_EQ(sanitized_html(html), html);
  }
}

TEST(SanitizedHtml, RemovesWhatRuns) {
  EXPECT_EQ(sanitized_html("a<script>alert(1)</script>b"), "ab");
  EXPECT_EQ(sanitized_html("a<SCRIPT src=x>if (a </ b) c</SCRIPT >b"), "ab");
  EXPECT_EQ(sanitized_html("a<style>p{}</style>b<script>never closed"), "ab");
  EXPECT_EQ(sanitized_html("<p onclick=\"x()\" style='color:red'>a</p>"), "<p>a</p>");
  EXPECT_EQ(sanitized_html("<iframe src=//evil></iframe><p>a</p>"), "<p>a</p>");
  EXPECT_EQ(sanitized_html("a<!-- <b> -->b"), "ab");
}

TEST(SanitizedHtml, RemovesAddressesThatRun) {
  for (const char* address :
       {"javascript:alert(1)", "JaVaScRiPt:x", "java\tscript:x", " javascript:x",
        "javascript&colon;x", "javascript&#58;x", "&#106;avascript:x", "vbscript:x",
        "data:text/html,x", "\x01javascript:x"}) {
    EXPECT_EQ(sanitized_html("<a href=\"" + std::string(address) + "\">x</a>"), "<a>x</a>")
        << address;
  }
}

TEST(SanitizedHtml, LeavesWhatOnlyLooksLikeATagReadable) {
  EXPECT_EQ(sanitized_html("Vec<T> and <std macros>:3:1 and 1 < 2"),
            "Vec&lt;T> and &lt;std macros>:3:1 and 1 &lt; 2");
  EXPECT_EQ(sanitized_html("<p <b>x"), "&lt;p <b>x</b>");
  EXPECT_EQ(sanitized_html("<input type=text>"), "&lt;input type=text>");
  EXPECT_EQ(sanitized_html("<a href=\"x"), "&lt;a href=\"x");
}

TEST(SanitizedHtml, ClosesWhatIsOpenAndNothingElse) {
  EXPECT_EQ(sanitized_html("<div><b>x"), "<div><b>x</b></div>");
  EXPECT_EQ(sanitized_html("</div></blockquote>x"), "x");
  EXPECT_EQ(sanitized_html("<div><b>x</div>y</b>"), "<div><b>x</b></div>y");
}

TEST(SanitizedHtml, QuotesEveryAttributeAnew) {
  EXPECT_EQ(sanitized_html("<img alt='say \"hi\" <b>' src=a.png/>"),
            "<img alt=\"say &quot;hi&quot; &lt;b&gt;\" src=\"a.png/\" />");
  EXPECT_EQ(sanitized_html("<a title=x TITLE=y href=z>x</a>"), "<a title=\"x\" href=\"z\">x</a>");
}

TEST(SanitizedHtml, IsStableUnderItself) {
  std::mt19937 random(20'260'101);
  constexpr std::string_view kPieces[] = {
      "<", ">",         "</", "<p",          "<b>",     "</b>", "<a href=", "\"",
      "'", " ",         "=",  "x",           "<!--",    "-->",  "<script>", "</script",
      "&", "<img src=", "/>", "javascript:", "onload=", "<svg"};
  std::uniform_int_distribution<std::size_t> piece(0, std::size(kPieces) - 1);
  for (int round = 0; round < 5000; ++round) {
    std::string html;
    for (int i = 0; i < 20; ++i) html += kPieces[piece(random)];
    const std::string once = sanitized_html(html);
    EXPECT_EQ(sanitized_html(once), once) << html;
  }
}

TEST(SanitizedHtml, TakesLinearTime) {
  std::string html;
  for (int i = 0; i < 200'000; ++i) html += "<!--<a x='<script";
  EXPECT_GT(sanitized_html(html).size(), html.size());
}

}  // namespace
}  // namespace coppice::app::content
