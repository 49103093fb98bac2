#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coppice::app::content {

/// A field that people may name in a search, and the column of one index that holds it.
using SearchField = std::pair<std::string_view, std::string_view>;

/// What is searched in one FTS5 table.
struct SearchColumns {
  std::string_view all;  ///< Column names with spaces between: "title raw_body".
  std::span<const SearchField> fields;
};

/// What a person typed into a search box, made safe for FTS5.
///
/// Words that follow each other must all be there. `&`, `&&` and AND; `|`, `||` and OR; `!` and
/// NOT; parentheses; "phrases"; prefix*; `title:` before any of these; and NEAR(one two, 5) work.
/// Whatever makes no sense (an operator without a side, a quote or parenthesis without its other
/// half, punctuation alone) is passed over; text beyond 1,000 bytes and words beyond the 32nd are
/// ignored, so that no query costs without bound.
class SearchQuery {
 public:
  /// Nothing when @p typed holds nothing to search for: no word, or only words to exclude.
  [[nodiscard]] static std::optional<SearchQuery> parse(std::string_view typed);

  /// The expression for MATCH on a table with @p columns. Never a syntax error. Empty when the
  /// query can't match there because it asks for a field that the table doesn't have.
  [[nodiscard]] std::string match_expression(const SearchColumns& columns) const;

  struct Phrase {
    std::string text;  ///< Without double quotes, with at least one letter or digit.
    bool is_prefix = false;
  };

  /// A tree in which every node asks for something, so that each has an expression in FTS5.
  struct Node {
    enum class Kind { near, all, any };
    Kind kind = Kind::near;
    std::string field;            ///< Restricts the node to a field; may be empty.
    std::vector<Phrase> phrases;  ///< near: one is a plain phrase.
    int distance = 0;             ///< near
    std::vector<Node> children;   ///< all, any: not empty
    std::vector<Node> excluded;   ///< all
  };

 private:
  explicit SearchQuery(Node root) : root_(std::move(root)) {}

  Node root_;
};

}  // namespace coppice::app::content
