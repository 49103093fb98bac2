#include "app/content/markdown.hpp"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace coppice::app::content {
namespace {

RenderedMarkdown render(std::string_view text) { return render_markdown(text, {}); }

TEST(Markdown, RendersTheGithubFlavour) {
  EXPECT_EQ(
      render("~~old~~ \"new\" -- www.example.com").html,
      "<p><del>old</del> “new” – <a href=\"http://www.example.com\">www.example.com</a></p>\n");
  EXPECT_NE(render("| a | b |\n|---|:-:|\n| 1 | 2 |\n").html.find("<td align=\"center\">2</td>"),
            std::string::npos);
  EXPECT_NE(render("- [x] done\n- [ ] not yet\n")
                .html.find("<li><input type=\"checkbox\" checked=\"\" disabled=\"\" /> done</li>"),
            std::string::npos);
  EXPECT_EQ(render("```rust\na < b\n```\n").html,
            "<pre><code class=\"language-rust\">a &lt; b\n</code></pre>\n");
}

TEST(Markdown, GivesEveryHeadingAUniqueId) {
  const auto page = render_markdown("# Post\n\n## A *b* `c`\n\nText\n\n> ## A b c\n\nSetext\n===\n",
                                    {.reserved_id = "post"});
  EXPECT_EQ(page.html,
            "<h1 id=\"post-1\">Post</h1>\n<h2 id=\"a-b-c\">A <em>b</em> <code>c</code></h2>\n"
            "<p>Text</p>\n<blockquote>\n<h2 id=\"a-b-c-1\">A b c</h2>\n</blockquote>\n"
            "<h1 id=\"setext\">Setext</h1>\n");
  EXPECT_EQ(page.headings, (std::vector<Heading>{{"post-1", "Post", 1},
                                                 {"a-b-c", "A b c", 2},
                                                 {"a-b-c-1", "A b c", 2},
                                                 {"setext", "Setext", 1}}));
}

TEST(Markdown, SanitizesRawHtmlUnlessTrusted) {
  const std::string_view text =
      "Hi <b onclick=\"x\">you</b> [x](javascript:alert(1))\n\n"
      "<script>alert(1)</script>\n";
  EXPECT_EQ(render(text).html, "<p>Hi <b>you</b> <a>x</a></p>\n\n");
  EXPECT_EQ(render_markdown(text, {.trusted = true}).html,
            "<p>Hi <b onclick=\"x\">you</b> <a href=\"javascript:alert(1)\">x</a></p>\n"
            "<script>alert(1)</script>\n");
}

TEST(Excerpt, IsUpToThreeParagraphs) {
  EXPECT_EQ(render("one\n\ntwo\n\nthree\n\nfour\n").excerpt,
            "<p>one</p>\n<p>two</p>\n<p>three</p>\n");
  EXPECT_EQ(render("- a\n- b\n").excerpt, "");
}

TEST(Excerpt, EndsAtTheFirstBlockOfAnotherKindAfterAParagraph) {
  for (const char* block : {"- list\n", "1. list\n", "| a |\n|---|\n| b |\n", "> quote\n",
                            "```\ncode\n```\n", "    code\n", "***\n", "## Second level\n"}) {
    EXPECT_EQ(render("one\n\n" + std::string(block) + "\ntwo\n").excerpt, "<p>one</p>\n") << block;
  }
}

TEST(Excerpt, PassesOverWhatComesBeforeAndOtherHeadings) {
  EXPECT_EQ(render("## First\n\n- list\n\none\n\n### Third\n\ntwo\n").excerpt,
            "<p>one</p>\n<p>two</p>\n");
}

std::optional<ImageInfo> only_tree(std::string_view name) {
  if (name != "the tree.webp") return std::nullopt;
  return ImageInfo{"/assets/images/the%20tree.webp", 640, 480, -123};
}

TEST(Images, GetTheStoredOnesAddressSizeAndPlaceholder) {
  const std::string_view expected =
      "<p><img src=\"/assets/images/the%20tree.webp\" alt=\"A &quot;tree&quot;\" width=\"640\" "
      "height=\"480\" loading=\"lazy\" style=\"--lqip:-123\" /></p>\n";
  for (const char* address : {"the%20tree.png", "../assets/the%20tree.jpg", "/x/the%20tree.webp",
                              "<the tree.png>", "the%20tree.png?v=2#top"}) {
    const std::string text = "![A \\\"tree\\\"](" + std::string(address) + ")";
    EXPECT_EQ(render_markdown(text, {.find_image = only_tree}).html, expected) << address;
  }
}

TEST(Images, StayAsTheyAreWhenNothingIsStored) {
  for (const char* address :
       {"other.png", "https://example.com/the%20tree.png", "//example.com/the%20tree.png"}) {
    const std::string text = "![a](" + std::string(address) + " \"t\")";
    EXPECT_EQ(render_markdown(text, {.find_image = only_tree}).html,
              "<p><img src=\"" + std::string(address) + "\" alt=\"a\" title=\"t\" /></p>\n");
  }
}

TEST(Images, MayStandInOneAnothersDescription) {
  const auto page =
      render_markdown("![a ![b](the%20tree.png) c](the%20tree.png)", {.find_image = only_tree});
  EXPECT_NE(page.html.find("alt=\"a  c\""), std::string::npos) << page.html;
}

TEST(Markdown, MayBeRenderedOnSeveralThreads) {
  std::string text;
  for (int i = 0; i < 3'000; ++i) text += "a ~~b~~ www.example.com ~~c~~\n\n";
  const std::string expected = render(text).html;
  std::atomic<int> different = 0;
  const auto work = [&] {
    for (int i = 0; i < 20; ++i) different += render(text).html == expected ? 0 : 1;
  };
  {
    const std::jthread first(work);
    const std::jthread second(work);
  }
  EXPECT_EQ(different, 0);
}

TEST(Markdown, SurvivesDeepNesting) {
  EXPECT_FALSE(render(std::string(50'000, '>') + "x").html.empty());
  EXPECT_FALSE(render(std::string(50'000, '[') + "x").html.empty());
}

}  // namespace
}  // namespace coppice::app::content
