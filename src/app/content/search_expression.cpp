#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "app/content/search_query.hpp"

namespace coppice::app::content {

namespace {

using Node = SearchQuery::Node;
using Phrase = SearchQuery::Phrase;

std::string expression_of(const Node& node, const SearchColumns& columns);

std::string near_expression(const Node& node) {
  std::string list;
  for (const Phrase& phrase : node.phrases) {
    if (!list.empty()) list += ' ';
    list += fmt::format("\"{}\"{}", phrase.text, phrase.is_prefix ? "*" : "");
  }
  return node.phrases.size() == 1 ? list : fmt::format("NEAR({}, {})", list, node.distance);
}

/// Nothing as soon as one side can't match here.
std::string all_expression(const Node& node, const SearchColumns& columns) {
  std::string text;
  for (const Node& child : node.children) {
    const std::string part = expression_of(child, columns);
    if (part.empty()) return {};
    text += text.empty() ? part : " AND " + part;
  }
  for (const Node& child : node.excluded) {
    const std::string part = expression_of(child, columns);
    if (!part.empty()) text = fmt::format("({}) NOT {}", text, part);
  }
  return '(' + text + ')';
}

std::string any_expression(const Node& node, const SearchColumns& columns) {
  std::string text;
  for (const Node& child : node.children) {
    const std::string part = expression_of(child, columns);
    if (!part.empty()) text += text.empty() ? part : " OR " + part;
  }
  return text.empty() ? text : '(' + text + ')';
}

std::string unrestricted(const Node& node, const SearchColumns& columns) {
  switch (node.kind) {
    case Node::Kind::near: return near_expression(node);
    case Node::Kind::all: return all_expression(node, columns);
    case Node::Kind::any: return any_expression(node, columns);
  }
  std::unreachable();
}

std::string expression_of(const Node& node, const SearchColumns& columns) {
  std::string text = unrestricted(node, columns);
  if (node.field.empty() || text.empty()) return text;
  const auto field = std::ranges::find(columns.fields, node.field, &SearchField::first);
  if (field == columns.fields.end()) return {};
  return fmt::format("{{{}}} : ({})", field->second, text);
}

}  // namespace

std::string SearchQuery::match_expression(const SearchColumns& columns) const {
  const std::string text = expression_of(root_, columns);
  return text.empty() ? text : fmt::format("{{{}}} : ({})", columns.all, text);
}

}  // namespace coppice::app::content
