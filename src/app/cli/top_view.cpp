#include "app/cli/top_view.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <numeric>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "app/cli/columns.hpp"

namespace coppice::app::cli {
namespace {

using boost::json::object;

constexpr std::size_t kHeadingLines = 2;
constexpr std::array<std::pair<std::string_view, TopOrder>, 5> kOrders{
    {{"busy", TopOrder::busy},
     {"mailbox", TopOrder::mailbox},
     {"messages", TopOrder::messages},
     {"restarts", TopOrder::restarts},
     {"path", TopOrder::path}}};

struct Counters {
  std::string pid;
  double busy_ms = 0;
  double handled = 0;
};

double number_in(const object& node, std::string_view key) {
  const auto* value = node.if_contains(key);
  return value != nullptr && value->is_number() ? value->to_number<double>() : 0;
}

std::string text_in(const object& node, std::string_view key) {
  const auto* value = node.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : "";
}

void for_each_node(const object& node, const std::function<void(const object&)>& visit) {
  visit(node);
  const auto* children = node.if_contains("children");
  if (children == nullptr) return;
  for (const auto& child : children->as_array()) for_each_node(child.as_object(), visit);
}

Counters counters_of(const object& node) {
  return {.pid = text_in(node, "pid"),
          .busy_ms = number_in(node, "busy_ms"),
          .handled = number_in(node, "handled")};
}

TopRow row_of(const object& node, const Counters& before, double seconds) {
  const auto now = counters_of(node);
  const bool same = before.pid == now.pid;
  const auto rate = [&](double from, double to) {
    return seconds > 0 ? std::max(0.0, to - (same ? from : 0)) / seconds : 0;
  };
  const std::string state(node.at("state").as_string());
  return {.path = text_in(node, "path"),
          .state = state,
          .busy = std::min(1.0, rate(before.busy_ms, now.busy_ms) / 1000),
          .messages = rate(before.handled, now.handled),
          .mailbox = static_cast<std::uint64_t>(number_in(node, "mailbox")),
          .mailbox_high_water = static_cast<std::uint64_t>(number_in(node, "mailbox_high_water")),
          .restarts = static_cast<std::uint64_t>(number_in(node, "restarts")),
          .unwell = state != "running" || node.contains("last_crash"),
          .children = static_cast<std::uint64_t>(number_in(node, "children_count"))};
}

double weight(const TopRow& row, TopOrder order) {
  switch (order) {
    case TopOrder::busy: return row.busy;
    case TopOrder::mailbox: return static_cast<double>(row.mailbox);
    case TopOrder::messages: return row.messages;
    case TopOrder::restarts: return static_cast<double>(row.restarts);
    case TopOrder::path: break;
  }
  return 0;
}

std::uint64_t left_out_of(const std::vector<TopRow>& rows) {
  std::uint64_t total = 0;
  for (const auto& row : rows) total += row.children;
  return total;
}

std::string heading(const std::vector<TopRow>& rows, TopOrder order) {
  const auto sum = [&rows](double TopRow::* field) {
    return std::accumulate(rows.begin(), rows.end(), 0.0,
                           [field](double total, const TopRow& row) { return total + row.*field; });
  };
  const auto unwell = std::ranges::count_if(rows, &TopRow::unwell);
  const auto name = std::ranges::find(kOrders, order, [](const auto& each) { return each.second; });
  auto out =
      fmt::format("{} actors, {} unwell, {:.1f} messages/s, {:.1f}% busy, by {}", rows.size(),
                  unwell, sum(&TopRow::messages), 100 * sum(&TopRow::busy), name->first);
  const auto left_out = left_out_of(rows);
  return left_out == 0 ? out : out + fmt::format("; {} more with --all", left_out);
}

std::string row_line(const TopRow& row, std::size_t path_width) {
  return fmt::format("{}  {}  {:>6.1f}  {:>9.1f}  {:>7}  {:>7}  {:>8}{}",
                     padded(row.path, path_width), padded(row.state, 10), 100 * row.busy,
                     row.messages, row.mailbox, row.mailbox_high_water, row.restarts,
                     row.unwell ? "  !" : "");
}

std::size_t path_width_of(const std::vector<TopRow>& rows, std::size_t columns) {
  constexpr std::size_t kOthers = 64;  // what the other columns take
  constexpr std::size_t kLeast = 16;
  std::size_t width = kLeast;
  for (const auto& row : rows) width = std::max(width, columns_of(row.path));
  if (columns == 0) return width;
  return std::min(width, std::max(kLeast, columns > kOthers ? columns - kOthers : 0));
}

}  // namespace

std::optional<TopOrder> top_order_from(std::string_view name) {
  const auto found = std::ranges::find(kOrders, name, [](const auto& each) { return each.first; });
  return found == kOrders.end() ? std::nullopt : std::optional(found->second);
}

std::vector<TopRow> top_rows(std::string_view before, std::string_view now,
                             std::chrono::duration<double> between, TopOrder order) {
  std::map<std::string, Counters> earlier;
  const auto before_value = boost::json::parse(before);
  for_each_node(before_value.as_object(), [&earlier](const object& node) {
    earlier[text_in(node, "path")] = counters_of(node);
  });
  std::vector<TopRow> rows;
  const auto now_value = boost::json::parse(now);
  for_each_node(now_value.as_object(), [&](const object& node) {
    rows.push_back(row_of(node, earlier[text_in(node, "path")], between.count()));
  });
  std::ranges::sort(rows, [order](const TopRow& a, const TopRow& b) {
    const double left = weight(a, order);
    const double right = weight(b, order);
    if (left > right || left < right) return left > right;
    return a.path < b.path;
  });
  return rows;
}

std::string render_top(const std::vector<TopRow>& rows, const TopStyle& style) {
  const auto path_width = path_width_of(rows, style.columns);
  const auto line = [&style](std::string text, bool unwell) {
    if (style.columns > 0) text = fitted(std::move(text), style.columns);
    return (unwell && style.colour ? "\033[33m" + text + "\033[0m" : text) + "\n";
  };
  std::string out = line(heading(rows, style.order), false);
  out += line(
      padded("ACTOR", path_width) + "  STATE        BUSY%      MSG/S  MAILBOX     MOST  RESTARTS",
      false);
  std::size_t shown = rows.size();
  if (style.rows > 0) shown = std::min(shown, std::max(style.rows, kHeadingLines) - kHeadingLines);
  for (std::size_t i = 0; i < shown; ++i) {
    TopRow row = rows[i];
    row.path = fitted(std::move(row.path), path_width);
    out += line(row_line(row, path_width), row.unwell);
  }
  return out;
}

std::string top_json(const std::vector<TopRow>& rows) {
  boost::json::array out;
  for (const auto& row : rows) {
    out.push_back(object{{"path", row.path},
                         {"state", row.state},
                         {"busy", row.busy},
                         {"messages_per_second", row.messages},
                         {"mailbox", row.mailbox},
                         {"mailbox_high_water", row.mailbox_high_water},
                         {"restarts", row.restarts},
                         {"unwell", row.unwell}});
    if (row.children > 0) out.back().as_object()["children_count"] = row.children;
  }
  return boost::json::serialize(out);
}

}  // namespace coppice::app::cli
