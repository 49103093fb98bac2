#include "app/cli/tree_view.hpp"

#include <algorithm>
#include <cstdio>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "app/cli/columns.hpp"
#include "app/cli/table.hpp"

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

/// Begins with a mark that stands out without colours, too.
std::string note(const object& node) {
  std::string out = is_unwell(node) ? "! " : "";
  if (const auto* crash = node.if_contains("last_crash")) {
    out += "last crash: " + text(crash->as_object(), "reason");
  }
  return out;
}

Line line_of(const object& node, std::string name) {
  const bool lives = !text(node, "pid").empty();
  return {.name = std::move(name),
          .state = std::string(node.at("state").as_string()),
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
    lines.back().note += (lines.back().note.empty() || lines.back().note == "! " ? "" : "; ") +
                         std::to_string(children.size()) + " children";
    return;
  }
  for (std::size_t i = 0; i < children.size(); ++i) {
    const object& child = children[i].as_object();
    const bool last = i + 1 == children.size();
    lines.push_back(line_of(child, indent + (last ? "└── " : "├── ") + text(child, "id")));
    add_lines(child, indent + (last ? "    " : "│   "), style, lines);
  }
}

std::string render(const Line& line, std::size_t name_width, const TreeStyle& style) {
  std::string out = padded(line.name, name_width) + "  " + padded(line.state, 10) + "  " +
                    padded(line.pid, 12) + "  " + padded(line.restarts, 8) + "  " +
                    padded(line.mailbox, 9) + "  " + padded(line.handled, 9) + "  " + line.note;
  out.erase(out.find_last_not_of(' ') + 1);
  if (style.columns > 0) out = fitted(std::move(out), style.columns);
  if (line.unwell && style.colour) out = "\033[33m" + out + "\033[0m";
  return out + "\n";
}

std::string render_root(const object& root, const TreeStyle& style) {
  std::vector<Line> lines;
  lines.push_back(line_of(root, "coppice"));
  add_lines(root, "", style, lines);
  std::size_t name_width = kLeastNameWidth;
  for (const auto& line : lines) name_width = std::max(name_width, columns_of(line.name));
  std::string out = render({.name = "ACTOR",
                            .state = "STATE",
                            .pid = "PID",
                            .restarts = "RESTARTS",
                            .mailbox = "MAIL/MOST",
                            .handled = "HANDLED",
                            .note = {}},
                           name_width, style);
  for (const auto& line : lines) out += render(line, name_width, style);
  return out;
}

}  // namespace

std::string render_tree(std::string_view json, const TreeStyle& style) {
  return render_root(boost::json::parse(json).as_object(), style);
}

std::string render_trees(std::string_view json, const TreeStyle& style) {
  std::string out;
  const auto answer = boost::json::parse(json);
  for (const auto& each : answer.at("nodes").as_array()) {
    const auto& node = each.as_object();
    if (!out.empty()) out += "\n";
    out += "node " + cell_of(node.at("node")) + "\n";
    const auto* tree = node.if_contains("tree");
    out += tree != nullptr ? render_root(tree->as_object(), style)
                           : "  " + cell_of(node.at("error")) + "\n";
  }
  return out;
}

}  // namespace coppice::app::cli
