#include "app/content/search_query.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "app/content/unicode.hpp"

namespace coppice::app::content {

namespace {

using Node = SearchQuery::Node;
using Phrase = SearchQuery::Phrase;

constexpr std::size_t kMaxBytes = 1000;
constexpr std::size_t kMaxPhrases = 32;
constexpr int kDeepestGroup = 8;
constexpr int kDefaultDistance = 10;  // FTS5's own
constexpr int kMaxDistance = 1000;

constexpr std::array kFields = std::to_array<std::string_view>(
    {"body", "description", "excerpt", "name", "raw_body", "tag", "tags", "title"});

bool has_word(std::string_view text) {
  while (!text.empty()) {
    if (is_word_character(take_code_point(text).value)) return true;
  }
  return false;
}

bool ends_word(char c) {
  return is_ascii_space(c) || c == '"' || c == '(' || c == ')' || c == '&' || c == '|';
}

/// The text without control characters, and no longer than a person would type.
std::string cleaned(std::string_view typed) {
  std::string text;
  while (!typed.empty()) {
    const CodePoint point = take_code_point(typed);
    if (text.size() + point.bytes.size() > kMaxBytes) break;
    const bool usable = point.value >= 0x20 && point.value != 0x7F && point.value != 0xFFFD;
    text += usable ? point.bytes : " ";
  }
  return text;
}

/// Recursive descent without errors: whatever does not fit is passed over.
class QueryParser {
 public:
  explicit QueryParser(std::string_view text) : rest_(text) {}

  std::optional<Node> run() {
    std::vector<Node> alternatives;
    do {
      if (auto node = parse_any()) alternatives.push_back(std::move(*node));
    } while (take(')'));  // one that nothing opened
    if (alternatives.empty()) return std::nullopt;
    return joined(Node::Kind::all, std::move(alternatives));
  }

 private:
  static Node joined(Node::Kind kind, std::vector<Node> nodes) {
    if (nodes.size() == 1) return std::move(nodes.front());
    Node node;
    node.kind = kind;
    node.children = std::move(nodes);
    return node;
  }

  std::optional<Node> parse_any() {
    std::vector<Node> alternatives;
    do {
      if (auto node = parse_all()) alternatives.push_back(std::move(*node));
    } while (take_or());
    if (alternatives.empty()) return std::nullopt;
    return joined(Node::Kind::any, std::move(alternatives));
  }

  /// Words in a row. Excluding alone asks for nothing, so it counts for nothing.
  std::optional<Node> parse_all() {
    std::vector<Node> wanted;
    std::vector<Node> excluded;
    while (!at_end_of_row()) {
      if (take_and()) continue;
      bool exclude = false;
      while (take_not()) exclude = !exclude;
      if (at_end_of_row()) break;
      auto node = parse_item();
      if (node) (exclude ? excluded : wanted).push_back(std::move(*node));
    }
    if (wanted.empty()) return std::nullopt;
    if (excluded.empty()) return joined(Node::Kind::all, std::move(wanted));
    Node node;
    node.kind = Node::Kind::all;
    node.children = std::move(wanted);
    node.excluded = std::move(excluded);
    return node;
  }

  std::optional<Node> parse_item() {
    const std::string_view field = take_field();
    if (at_end_of_row()) return std::nullopt;
    std::optional<Node> node;
    if (take('(')) {
      node = parse_group();
    } else if (take_keyword("NEAR", '(')) {
      take('(');
      node = parse_near();
    } else {
      node = phrase_node(take_phrase());
    }
    if (!node || field.empty()) return node;
    if (node->field.empty()) {
      node->field = field;
      return node;
    }
    Node outer;
    outer.kind = Node::Kind::all;
    outer.field = field;
    outer.children.push_back(std::move(*node));
    return outer;
  }

  std::optional<Node> parse_group() {
    if (depth_ >= kDeepestGroup)
      return std::nullopt;  // what follows is read as if it stood outside
    ++depth_;
    auto node = parse_any();
    --depth_;
    take(')');
    return node;
  }

  /// NEAR's phrases up to the closing parenthesis, and the number after a comma.
  std::optional<Node> parse_near() {
    Node node;
    node.distance = kDefaultDistance;
    for (skip_space(); !rest_.empty() && !take(')'); skip_space()) {
      if (take(',')) {
        if (const auto distance = take_number()) node.distance = *distance;
        continue;
      }
      if (auto phrase = take_phrase(',')) {
        node.phrases.push_back(std::move(*phrase));
      }
    }
    if (node.phrases.empty()) return std::nullopt;
    return node;
  }

  static std::optional<Node> phrase_node(std::optional<Phrase> phrase) {
    if (!phrase) return std::nullopt;
    Node node;
    node.phrases.push_back(std::move(*phrase));
    return node;
  }

  /// Takes at least one byte of what is left, so that every loop ends; something must be left.
  /// @p stop ends a word as white space does.
  std::optional<Phrase> take_phrase(char stop = ' ') {
    const bool quoted = take('"');
    std::size_t size = 0;
    while (size < rest_.size() &&
           (quoted ? rest_[size] != '"' : !ends_word(rest_[size]) && rest_[size] != stop)) {
      ++size;
    }
    Phrase phrase{.text = std::string(rest_.substr(0, size)), .is_prefix = false};
    rest_.remove_prefix(quoted || size > 0 ? size : 1);
    if (quoted && rest_.starts_with('"')) rest_.remove_prefix(1);
    phrase.is_prefix = quoted ? rest_.starts_with('*') : phrase.text.ends_with('*');
    if (!has_word(phrase.text) || phrases_ >= kMaxPhrases) return std::nullopt;
    ++phrases_;
    return phrase;
  }

  std::optional<int> take_number() {
    skip_space();
    std::size_t size = 0;
    int value = 0;
    for (; size < rest_.size() && rest_[size] >= '0' && rest_[size] <= '9'; ++size) {
      value = std::min(value * 10 + (rest_[size] - '0'), kMaxDistance);
    }
    rest_.remove_prefix(size);
    return size == 0 ? std::nullopt : std::optional(value);
  }

  /// `title:`, when it is one of the fields; other words keep their colons.
  std::string_view take_field() {
    skip_space();
    const std::size_t colon = rest_.find(':');
    if (colon == std::string_view::npos) return {};
    const std::string name = ascii_lowered(rest_.substr(0, colon));
    const auto found = std::ranges::find(kFields, name);
    if (found == kFields.end()) return {};
    rest_.remove_prefix(colon + 1);
    return *found;
  }

  bool at_end_of_row() {
    skip_space();
    return rest_.empty() || rest_.front() == ')' || rest_.front() == '|' || is_keyword("OR");
  }

  bool take_or() {
    bool found = false;
    while (take('|') || take_keyword("OR")) found = true;
    return found;
  }

  bool take_and() { return take('&') || take_keyword("AND"); }
  bool take_not() { return take('!') || take_keyword("NOT"); }

  bool take(char wanted) {
    skip_space();
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Whether @p word stands here on its own, or right before @p next if that is given.
  bool is_keyword(std::string_view word, char next = '\0') {
    skip_space();
    if (!rest_.starts_with(word)) return false;
    const std::string_view after = rest_.substr(word.size());
    if (next != '\0') return after.starts_with(next);
    return after.empty() || ends_word(after.front());
  }

  bool take_keyword(std::string_view word, char next = '\0') {
    if (!is_keyword(word, next)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  void skip_space() {
    while (!rest_.empty() && is_ascii_space(rest_.front())) rest_.remove_prefix(1);
  }

  std::string_view rest_;
  std::size_t phrases_ = 0;
  int depth_ = 0;
};

}  // namespace

std::optional<SearchQuery> SearchQuery::parse(std::string_view typed) {
  const std::string text = cleaned(typed);
  auto root = QueryParser(text).run();
  if (!root) return std::nullopt;
  return SearchQuery(std::move(*root));
}

}  // namespace coppice::app::content
