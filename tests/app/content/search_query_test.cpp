#include "app/content/search_query.hpp"

#include <random>

#include <gtest/gtest.h>

#include "app/content/content_fixture.hpp"

namespace coppice::app::content {
namespace {

constexpr std::array kFields = std::to_array<SearchField>(
    {{"title", "title"}, {"name", "title"}, {"body", "raw_body"}, {"tags", "tags"}});
constexpr SearchColumns kColumns = {.all = "title raw_body excerpt tags", .fields = kFields};

/// A database with a post for each text, its title.
class SearchQueryTest : public ContentTest {
 protected:
  void add(std::initializer_list<const char*> titles) {
    for (const char* title : titles) {
      Post post = simple_post("p" + std::to_string(++count_));
      post.title = title;
      post.raw_body = "nothing";
      must(upsert(db_, post));
    }
  }

  actors::Result<Strings> find(std::string_view typed) {
    const auto query = SearchQuery::parse(typed);
    if (!query) return Strings{"nothing to search"};
    Strings titles;
    const std::string expression = query->match_expression(kColumns);
    if (expression.empty()) return titles;
    const auto read = db::for_each_row(
        db_, [&](const db::Statement& row) { titles.push_back(row.get<std::string>(0)); },
        "SELECT title FROM posts_fts WHERE posts_fts MATCH ? ORDER BY title", expression);
    if (!read) return std::unexpected(read.error());
    return titles;
  }

  Strings found(std::string_view typed) { return must(find(typed)); }

  int count_ = 0;
};

TEST_F(SearchQueryTest, UnderstandsOperators) {
  add({"apple", "apple pear", "pear", "plum"});
  const Strings both = {"apple pear"};
  for (const char* typed : {"apple pear", "apple & pear", "apple&&pear", "apple AND pear"}) {
    EXPECT_EQ(found(typed), both) << typed;
  }
  const Strings either = {"apple", "apple pear", "pear"};
  for (const char* typed : {"apple | pear", "apple||pear", "apple OR pear"}) {
    EXPECT_EQ(found(typed), either) << typed;
  }
  for (const char* typed : {"apple !pear", "apple NOT pear", "!pear apple", "apple & !pear",
                            "apple AND NOT pear", "apple !!!pear", "apple !(pear | plum)"}) {
    EXPECT_EQ(found(typed), Strings{"apple"}) << typed;
  }
  EXPECT_EQ(found("(apple | plum) !pear"), (Strings{"apple", "plum"}));
  EXPECT_EQ(found("apple pear | plum"), (Strings{"apple pear", "plum"}));
}

TEST_F(SearchQueryTest, UnderstandsPhrasesPrefixesAndNear) {
  add({"green apple tree", "apple is green", "application"});
  EXPECT_EQ(found("\"green apple\""), Strings{"green apple tree"});
  EXPECT_EQ(found("appl*"), (Strings{"apple is green", "application", "green apple tree"}));
  EXPECT_EQ(found("\"green app\"*"), Strings{"green apple tree"});
  EXPECT_EQ(found("NEAR(green tree, 1)"), Strings{"green apple tree"});
  EXPECT_EQ(found("NEAR(green tree, 0)"), Strings{});
  EXPECT_EQ(found("NEAR(green apple)"), (Strings{"apple is green", "green apple tree"}));
  EXPECT_EQ(found("applying"), Strings{}) << "a word is not a prefix";
  EXPECT_EQ(found("trees"), Strings{"green apple tree"}) << "but a word's stem matches";
}

TEST_F(SearchQueryTest, UnderstandsFields) {
  add({"apple", "pear"});
  EXPECT_EQ(found("title:apple"), Strings{"apple"});
  EXPECT_EQ(found("Name: (apple | plum)"), Strings{"apple"});
  EXPECT_EQ(found("body:apple"), Strings{});
  EXPECT_EQ(found("body:nothing title:pear"), Strings{"pear"});
  EXPECT_EQ(found("body:(nothing title:pear)"), Strings{});
  EXPECT_EQ(SearchQuery::parse("description:apple")->match_expression(kColumns), "");
  EXPECT_EQ(found("description:apple | pear"), Strings{"pear"});
  EXPECT_EQ(found("pear !description:apple"), Strings{"pear"});
}

TEST_F(SearchQueryTest, TakesPunctuationInWordsAsItComes) {
  add({"C++ and std::vector", "release 1.24.0", "R&D", "don't"});
  EXPECT_EQ(found("c++"), Strings{"C++ and std::vector"});
  EXPECT_EQ(found("std::vector"), Strings{"C++ and std::vector"});
  EXPECT_EQ(found("1.24.0"), Strings{"release 1.24.0"});
  EXPECT_EQ(found("R&D"), Strings{"R&D"});
  EXPECT_EQ(found("don't"), Strings{"don't"});
  EXPECT_EQ(found("release — 1.24.0 🦀 !"), Strings{"release 1.24.0"});
}

TEST_F(SearchQueryTest, PassesOverWhatMakesNoSense) {
  add({"apple"});
  for (const char* typed :
       {"apple AND", "OR apple",     "apple |",       "& apple &",   "(apple",
        "apple)",    "\"apple",      "apple\"",       "((apple)",    "apple NOT",
        "apple ()",  "*apple*",      "title: :apple", "apple NEAR(", "NEAR(apple,",
        ")apple(",   "apple title:", "^apple",        "-apple",      "apple, ;"}) {
    EXPECT_EQ(found(typed), Strings{"apple"}) << typed;
  }
}

TEST_F(SearchQueryTest, KnowsWhenThereIsNothingToSearch) {
  for (const char* typed : {"", "   ", "*", "\"\"", "()", "!", "!apple", "NOT apple", "&&",
                            "AND OR", "title:", "NEAR()", "🦀", "— … “”", "\x01\xFF", ":::"}) {
    EXPECT_EQ(found(typed), Strings{"nothing to search"}) << typed;
  }
}

TEST_F(SearchQueryTest, BoundsWhatAQueryCosts) {
  add({"apple"});
  std::string long_query;
  for (int i = 0; i < 10'000; ++i) long_query += "(apple ";
  EXPECT_EQ(found(long_query), Strings{"apple"});
  EXPECT_EQ(found("apple" + std::string(100'000, ')')), Strings{"apple"});
  EXPECT_EQ(found(std::string(100'000, 'a')), Strings{});
}

TEST_F(SearchQueryTest, NeverMakesFts5Complain) {
  add({"apple pear", "title near and or not"});
  constexpr std::string_view kPieces[] = {"apple",
                                          "pear",
                                          "a",
                                          "NEAR",
                                          "NEAR(",
                                          "AND",
                                          "OR",
                                          "NOT",
                                          "title",
                                          "title:",
                                          "raw_body:",
                                          "tags :",
                                          "nosuch:",
                                          "\"",
                                          "(",
                                          ")",
                                          "*",
                                          "&",
                                          "&&",
                                          "|",
                                          "||",
                                          "!",
                                          "^",
                                          "-",
                                          "+",
                                          ",",
                                          "5",
                                          "999999999999",
                                          ":",
                                          "{",
                                          "}",
                                          "'",
                                          ";",
                                          "\\",
                                          "%",
                                          "\t",
                                          " ",
                                          " ",
                                          " ",
                                          "ü",
                                          "木",
                                          "🦀",
                                          "\xFF",
                                          "\xC3",
                                          std::string_view("\0", 1),
                                          "--",
                                          "/*",
                                          "null",
                                          "?1"};
  std::mt19937 random(20'260'101);
  std::uniform_int_distribution<std::size_t> piece(0, std::size(kPieces) - 1);
  std::uniform_int_distribution<int> length(1, 24);
  for (int round = 0; round < 8'000; ++round) {
    std::string typed;
    for (int left = length(random); left > 0; --left) typed += kPieces[piece(random)];
    const auto titles = find(typed);
    ASSERT_TRUE(titles) << titles.error().message() << "\ntyped: " << typed;
  }
}

TEST_F(SearchQueryTest, NeverMakesFts5ComplainAboutAnyBytes) {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> byte(0, 255);
  for (int round = 0; round < 2'000; ++round) {
    std::string typed;
    for (int left = 30; left > 0; --left) typed += static_cast<char>(byte(random));
    ASSERT_TRUE(find(typed)) << typed;
  }
}

}  // namespace
}  // namespace coppice::app::content
