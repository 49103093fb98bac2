#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coppice::app::cli {

/// One actor between two looks at the tree.
struct TopRow {
  std::string path;
  std::string state;
  double busy = 0;      ///< of the time between, from 0 to 1
  double messages = 0;  ///< handled, in a second
  std::uint64_t mailbox = 0;
  std::uint64_t mailbox_high_water = 0;
  std::uint64_t restarts = 0;
  bool unwell = false;         ///< does not run, or has crashed
  std::uint64_t children = 0;  ///< of a dynamic supervisor, which have no rows
};

enum class TopOrder : std::uint8_t { busy, mailbox, messages, restarts, path };

/// From the order's name. Nothing if there is none of that name.
[[nodiscard]] std::optional<TopOrder> top_order_from(std::string_view name);

/// The actors of @p now, the first by @p order at the front, with rates since @p before; both are
/// the admin API's JSON. An actor that is not the same as before counts from its start.
[[nodiscard]] std::vector<TopRow> top_rows(std::string_view before, std::string_view now,
                                           std::chrono::duration<double> between, TopOrder order);

struct TopStyle {
  TopOrder order = TopOrder::busy;
  std::size_t columns = 0;  ///< 0 for as many as it takes
  std::size_t rows = 0;     ///< 0 for all
  bool colour = false;
};

/// A heading and a line for each actor, for people.
[[nodiscard]] std::string render_top(const std::vector<TopRow>& rows, const TopStyle& style);

/// The same as JSON, on one line.
[[nodiscard]] std::string top_json(const std::vector<TopRow>& rows);

}  // namespace coppice::app::cli
