#include "app/cli/tree_view.hpp"

#include <algorithm>
#include <cstdio>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace coppice::app::cli {
namespace {

using boost::json::object;

/// One line, in columns.
struct Line {
  std::string name;
  std::string state;
  std::string pid;
  std::string restarts;
  std::string mailbox;
  std::string handled;
  std::string note;
  bool unwell = false;
};

constexpr std::size_t kLeastNameWidth = 24;

std::string text(const object& node, std::string_view key) {
  const auto* value = node.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

std::int64_t number(const object& node, std::string_view key) {
  const auto* value = node.if_contains(key);
  return value != nullptr && value->is_number() ? value->to_number<std::int64_t>() : 0;
}

const boost::json::array& children_of(const object& node) {
  static const boost::json::array kNone;
  const auto* children = node.if_contains("children");
  return children != nullptr && children->is_array() ? children->as_array() : kNone;
}

bool is_unwell(const object& node) {
  const std::string state = text(node, "state");
  return state != "running" || node.contains("last_crash");
}

std::string note(const object& node) {
  std::string out;
  if (const auto* crash = node.if_contains("last_crash")) {
    out = "last crash: " + text(crash->as_object(), "reason");
  }
  return out;
}

Line line_of(const object& node, std::string name) {
  const bool lives = !text(node, "pid").empty();
  return {.name = std::move(name),
          .state = text(node, "state"),
          .pid = lives ? text(node, "pid") : "-",
          .restarts = std::to_string(number(node, "restarts")),
          .mailbox = std::to_string(number(node, "mailbox")) + "/" +
                     std::to_string(number(node, "mailbox_high_water")),
          .handled = std::to_string(number(node, "handled")),
          .note = note(node),
          .unwell = is_unwell(node)};
}

void add_lines(const object& node, const std::string& indent, const TreeStyle& style,
               std::vector<Line>& lines) {
  const auto& children = children_of(node);
  const bool folded = !style.all && text(node, "kind") == "dynamic supervisor";
  if (folded) {
    lines.back().note +=
        (lines.back().note.empty() ? "" : "; ") + std::to_string(children.size()) + " children";
    return;
  }
  for (std::size_t i = 0; i < children.size(); ++i) {
    const object& child = children[i].as_object();
    const bool last = i + 1 == children.size();
    lines.push_back(line_of(child, indent + (last ? "└── " : "├── ") + text(child, "id")));
    add_lines(child, indent + (last ? "    " : "│   "), style, lines);
  }
}

/// Counts what a terminal shows: UTF-8 continuation bytes take no column.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(std::string text, std::size_t columns) {
  const std::size_t shown = width(text);
  if (shown < columns) text.append(columns - shown, ' ');
  return text;
}

std::string render(const Line& line, std::size_t name_width, bool colour) {
  std::string out = padded(line.name, name_width) + "  " + padded(line.state, 10) + "  " +
                    padded(line.pid, 12) + "  " + padded(line.restarts, 8) + "  " +
                    padded(line.mailbox, 9) + "  " + padded(line.handled, 9) + "  " + line.note;
  out.erase(out.find_last_not_of(' ') + 1);
  if (line.unwell && colour) out = "\033[33m" + out + "\033[0m";
  return out + "\n";
}

}  // namespace

std::string render_tree(std::string_view json, const TreeStyle& style) {
  const auto value = boost::json::parse(json);
  const object& root = value.as_object();
  std::vector<Line> lines;
  lines.push_back(line_of(root, "coppice"));
  add_lines(root, "", style, lines);
  std::size_t name_width = kLeastNameWidth;
  for (const auto& line : lines) name_width = std::max(name_width, width(line.name));
  std::string out = render({.name = "ACTOR",
                            .state = "STATE",
                            .pid = "PID",
                            .restarts = "RESTARTS",
                            .mailbox = "MAIL/MOST",
                            .handled = "HANDLED",
                            .note = {}},
                           name_width, false);
  for (const auto& line : lines) out += render(line, name_width, style.colour);
  return out;
}

}  // namespace coppice::app::cli
