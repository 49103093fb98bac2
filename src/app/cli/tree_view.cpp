#include "app/cli/tree_view.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "app/cli/columns.hpp"
#include "app/cli/table.hpp"

namespace coppice::app::cli {
namespace {

using boost::json::object;

/// What has a heading of its own, between an actor's name with its mark and the note about it.
constexpr std::array<std::string_view, 5> kHeadings{"STATE", "PID", "RESTARTS", "MAIL/MOST",
                                                    "HANDLED"};
using Cells = std::array<std::string, kHeadings.size()>;
using Widths = std::array<std::size_t, kHeadings.size()>;

/// Columns that a narrow terminal goes without, in this order, for the sake of the notes.
constexpr std::array<std::size_t, 3> kSpared{1, 4, 3};
/// What of the longest note has to have room before a column is kept.
constexpr std::size_t kNoteRoom = 24;
constexpr std::size_t kLeastNameWidth = 8;
constexpr std::size_t kGap = 2;
constexpr std::string_view kMark = "!";

/// One line, in columns.
struct Line {
  std::string name;
  Cells cells;
  std::string note;
  bool unwell = false;
};

/// How wide each column is; 0 for one that is left out.
struct Layout {
  std::size_t name = 0;
  Widths cells{};
};

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
  const auto* crash = node.if_contains("last_crash");
  return crash != nullptr ? "last crash: " + text(crash->as_object(), "reason") : "";
}

Line line_of(const object& node, std::string name) {
  const bool lives = !text(node, "pid").empty();
  return {.name = std::move(name),
          .cells = {std::string(node.at("state").as_string()), lives ? text(node, "pid") : "-",
                    std::to_string(number(node, "restarts")),
                    std::to_string(number(node, "mailbox")) + "/" +
                        std::to_string(number(node, "mailbox_high_water")),
                    std::to_string(number(node, "handled"))},
          .note = note(node),
          .unwell = is_unwell(node)};
}

void add_lines(const object& node, const std::string& indent, const TreeStyle& style,
               std::vector<Line>& lines) {
  const auto& children = children_of(node);
  const bool is_counted = node.contains("children_count");
  const bool folded = !style.all && text(node, "kind") == "dynamic supervisor";
  if (is_counted || folded) {
    const auto count =
        is_counted ? number(node, "children_count") : static_cast<std::int64_t>(children.size());
    lines.back().note +=
        (lines.back().note.empty() ? "" : "; ") + std::to_string(count) + " children";
    return;
  }
  for (std::size_t i = 0; i < children.size(); ++i) {
    const object& child = children[i].as_object();
    const bool last = i + 1 == children.size();
    lines.push_back(line_of(child, indent + (last ? "└── " : "├── ") + text(child, "id")));
    add_lines(child, indent + (last ? "    " : "│   "), style, lines);
  }
}

/// Up to where the notes begin.
std::size_t width_of(const Layout& layout) {
  std::size_t out = layout.name + kGap + kMark.size() + 1;
  for (const auto width : layout.cells) out += width > 0 ? width + kGap : 0;
  return out;
}

Layout layout_of(const std::vector<Line>& lines, std::size_t columns) {
  Layout layout;
  std::size_t note = 0;
  for (const auto& line : lines) {
    layout.name = std::max(layout.name, columns_of(line.name));
    note = std::max(note, columns_of(line.note));
    for (std::size_t i = 0; i < line.cells.size(); ++i) {
      layout.cells[i] = std::max(layout.cells[i], columns_of(line.cells[i]));
    }
  }
  if (columns == 0) return layout;
  for (const auto spared : kSpared) {
    if (width_of(layout) + std::min(note, kNoteRoom) <= columns) break;
    layout.cells[spared] = 0;
  }
  // The mark and the state stand at any width: names give way to them.
  const std::size_t behind = kGap + kMark.size() + 1 + layout.cells.front();
  const std::size_t room = columns > behind ? columns - behind : 0;
  layout.name = std::min(layout.name, std::max(room, kLeastNameWidth));
  return layout;
}

std::string render(const Line& line, const Layout& layout, const TreeStyle& style) {
  std::string out = padded(fitted(line.name, layout.name), layout.name + kGap) +
                    (line.unwell ? std::string(kMark) : " ") + " ";
  for (std::size_t i = 0; i < line.cells.size(); ++i) {
    if (layout.cells[i] > 0) out += padded(line.cells[i], layout.cells[i] + kGap);
  }
  out += line.note;
  out.erase(out.find_last_not_of(' ') + 1);
  if (style.columns > 0) out = fitted(std::move(out), style.columns);
  if (line.unwell && style.colour) out = "\033[33m" + out + "\033[0m";
  return out + "\n";
}

std::string render_root(const object& root, const TreeStyle& style) {
  Line heading{.name = "ACTOR", .cells = {}, .note = {}};
  std::ranges::copy(kHeadings, heading.cells.begin());
  std::vector<Line> lines;
  lines.push_back(std::move(heading));
  lines.push_back(line_of(root, "coppice"));
  add_lines(root, "", style, lines);
  const auto layout = layout_of(lines, style.columns);
  std::string out;
  for (const auto& line : lines) out += render(line, layout, style);
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
