#include "net/http/route_tree.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <stdexcept>

#include "net/http/percent.hpp"
#include "net/http/router.hpp"

namespace coppice::net::http {
namespace {

enum class Kind { literal, integer, any, rest };

struct PatternSegment {
  Kind kind;
  std::string text;  // the literal, or the parameter's name
};

PatternSegment parse_segment(std::string_view text) {
  constexpr std::string_view kInteger = "<int>";
  if (text.starts_with('*')) return {Kind::rest, std::string(text.substr(1))};
  if (!text.starts_with(':')) return {Kind::literal, std::string(text)};
  auto name = text.substr(1);
  if (!name.ends_with(kInteger)) return {Kind::any, std::string(name)};
  name.remove_suffix(kInteger.size());
  return {Kind::integer, std::string(name)};
}

[[noreturn]] void refuse(std::string_view pattern, const char* why) {
  throw std::invalid_argument("route \"" + std::string(pattern) + "\" " + why);
}

std::vector<PatternSegment> parse_pattern(std::string_view pattern) {
  if (!pattern.starts_with('/')) refuse(pattern, "does not start with a slash");
  std::vector<PatternSegment> segments;
  auto remaining = pattern.substr(1);
  while (!remaining.empty()) {
    const auto slash = remaining.find('/');
    segments.push_back(parse_segment(remaining.substr(0, slash)));
    if (segments.back().text.empty()) refuse(pattern, "has an empty segment or parameter name");
    if (slash == std::string_view::npos) break;
    if (segments.back().kind == Kind::rest) refuse(pattern, "goes on after its *rest");
    remaining.remove_prefix(slash + 1);
  }
  return segments;
}

template <class Node>
Node& made(std::unique_ptr<Node>& child) {
  if (!child) child = std::make_unique<Node>();
  return *child;
}

template <class Node>
Node& child_for(Node& node, const PatternSegment& segment) {
  switch (segment.kind) {
    case Kind::integer: return made(node.integer);
    case Kind::any: return made(node.any);
    case Kind::rest: return made(node.rest);
    case Kind::literal: break;
  }
  for (auto& [text, child] : node.literals) {
    if (text == segment.text) return *child;
  }
  return made(node.literals.emplace_back(segment.text, nullptr).second);
}

bool is_integer(const std::string& text) {
  std::int64_t value = 0;
  const auto* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

std::string join(std::span<const std::string> segments) {
  std::string joined = segments.front();
  for (const auto& segment : segments.subspan(1)) joined += '/' + segment;
  return joined;
}

}  // namespace

const RouteTree::Node* RouteTree::Node::literal(std::string_view text) const noexcept {
  for (const auto& [name, child] : literals) {
    if (name == text) return child.get();
  }
  return nullptr;
}

void RouteTree::insert(const Route& route) {
  Node* node = &root_;
  std::vector<std::string> names;
  for (const auto& segment : parse_pattern(route.pattern)) {
    node = &child_for(*node, segment);
    if (segment.kind != Kind::literal) names.push_back(segment.text);
  }
  const bool taken = std::ranges::any_of(node->leaves, [&route](const Leaf& leaf) {
    return !leaf.route->method || !route.method || leaf.route->method == route.method;
  });
  if (taken) refuse(route.pattern, "is in the table twice");
  node->leaves.push_back({&route, std::move(names)});
}

std::optional<RouteTree::Found> RouteTree::find(std::span<const std::string> segments) const {
  std::vector<std::string> values;
  const auto* node = descend(root_, segments, values);
  if (node == nullptr) return std::nullopt;
  return Found{node->leaves, std::move(values)};
}

const RouteTree::Node* RouteTree::descend(const Node& node, std::span<const std::string> segments,
                                          std::vector<std::string>& values) {
  if (segments.empty()) return node.leaves.empty() ? nullptr : &node;
  const auto& segment = segments.front();
  const auto remaining = segments.subspan(1);
  if (const auto* child = node.literal(segment)) {
    if (const auto* found = descend(*child, remaining, values)) return found;
  }
  const auto depth = values.size();
  const auto descend_into = [&](const Node* child, bool takes) -> const Node* {
    if (child == nullptr || !takes) return nullptr;
    values.push_back(segment);
    const auto* found = descend(*child, remaining, values);
    if (found == nullptr) values.resize(depth);
    return found;
  };
  if (const auto* found = descend_into(node.integer.get(), is_integer(segment))) return found;
  if (const auto* found = descend_into(node.any.get(), !segment.empty())) return found;
  if (node.rest) values.push_back(join(segments));
  return node.rest.get();
}

std::optional<std::vector<std::string>> split_path(std::string_view path) {
  if (!path.starts_with('/')) return std::nullopt;
  std::vector<std::string> segments;
  auto remaining = path.substr(1);
  while (!remaining.empty()) {
    const auto slash = remaining.find('/');
    // Decoded after splitting: an escaped slash is part of its segment.
    auto segment = percent_decode(remaining.substr(0, slash), Plus::is_plus);
    if (!segment || segment->contains('\0') || *segment == "." || *segment == "..") {
      return std::nullopt;
    }
    segments.push_back(*std::move(segment));
    if (slash == std::string_view::npos) break;
    remaining.remove_prefix(slash + 1);
  }
  return segments;
}

}  // namespace coppice::net::http
