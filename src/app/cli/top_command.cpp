#include "app/cli/top_command.hpp"

#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <utility>

#include <CLI/CLI.hpp>

#include "app/cli/admin_client.hpp"
#include "app/cli/answer.hpp"
#include "app/cli/columns.hpp"
#include "app/cli/exit.hpp"
#include "app/cli/operator_command.hpp"
#include "app/cli/terminal.hpp"
#include "app/cli/top_view.hpp"

namespace coppice::app::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kKeys = "q ends; by b busy, m mailbox, s messages, r restarts, p path";

struct TopOptions : OperatorOptions {
  std::string order = "busy";
  double interval_s = 2;
  std::uint32_t count = 0;  ///< 0 for as long as nobody ends it
  bool once = false;
  bool all = false;
};

/// Looks at the tree again and again.
class Looks {
 public:
  explicit Looks(const TopOptions& options)
      : socket_(options.socket), children_(options.all ? "all" : "count") {}

  /// What has happened since the look before. Errors: those of AdminClient::get() and
  /// not_understood().
  actors::Result<std::vector<TopRow>> next(TopOrder order) {
    auto tree = AdminClient(socket_).get("/v1/tree", {{"children", children_}});
    if (!tree) return std::unexpected(tree.error());
    const auto now = Clock::now();
    auto rows = read_answer(socket_, *tree, [&](const std::string& json) {
      return top_rows(before_.empty() ? json : before_, json, now - at_, order);
    });
    if (!rows) return rows;
    before_ = *std::move(tree);
    at_ = now;
    return rows;
  }

 private:
  std::string socket_;
  std::string children_;  // what is wanted of dynamic supervisors'
  std::string before_;
  Clock::time_point at_ = Clock::now();
};

int print_snapshots(const TopOptions& options, TopOrder order) {
  Looks looks(options);
  if (const auto first = looks.next(order); !first) return report_answer(first.error());
  const std::uint32_t count = options.once ? 1 : options.count;
  for (std::uint32_t i = 0; count == 0 || i < count; ++i) {
    std::this_thread::sleep_for(std::chrono::duration<double>(options.interval_s));
    const auto rows = looks.next(order);
    if (!rows) return report_answer(rows.error());
    std::cout << (options.json ? top_json(*rows) + "\n"
                               : render_top(*rows, {.order = order,
                                                    .columns = terminal_size().columns,
                                                    .colour = shows_colours()}))
              << std::flush;
    if (!std::cout.good()) return ExitCode::failure;
  }
  return ExitCode::success;
}

std::optional<TopOrder> order_of_key(char key) {
  switch (key) {
    case 'b': return TopOrder::busy;
    case 'm': return TopOrder::mailbox;
    case 's': return TopOrder::messages;
    case 'r': return TopOrder::restarts;
    case 'p': return TopOrder::path;
    default: return std::nullopt;
  }
}

/// Waits for the next look; false if somebody wants the end.
bool wait_for_next(Screen& screen, Clock::time_point due, TopOrder& order) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - Clock::now()).count();
    if (left <= 0) return true;
    const char key = screen.key(static_cast<int>(left));
    if (key == 'q') return false;
    if (const auto wanted = order_of_key(key)) {
      order = *wanted;
      return true;
    }
  }
}

actors::Result<void> draw_until_end(const TopOptions& options, TopOrder order) {
  Looks looks(options);
  if (const auto first = looks.next(order); !first) return std::unexpected(first.error());
  Screen screen;
  const auto interval = std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(options.interval_s));
  screen.draw("looking …\n");
  for (std::uint32_t i = 0; options.count == 0 || i < options.count; ++i) {
    if (!wait_for_next(screen, Clock::now() + interval, order)) return {};
    const auto rows = looks.next(order);
    if (!rows) return std::unexpected(rows.error());
    const auto size = terminal_size();
    const TopStyle style{.order = order,
                         .columns = size.columns,
                         .rows = size.rows > 1 ? size.rows - 1 : 0,
                         .colour = shows_colours()};
    screen.draw(render_top(*rows, style) + fitted(std::string(kKeys), size.columns) + "\n");
  }
  return {};
}

int show_top(const TopOptions& options) {
  const auto order = top_order_from(options.order);
  if (!order) {
    std::cerr << "coppice: --sort takes busy, mailbox, messages, restarts or path\n";
    return ExitCode::usage;
  }
  const bool in_place = isatty(STDOUT_FILENO) != 0 && !options.once && !options.json;
  if (!in_place) return print_snapshots(options, *order);
  // The terminal is as before by the time that anything is said.
  const auto outcome = draw_until_end(options, *order);
  return outcome ? ExitCode::success : report_answer(outcome.error());
}

}  // namespace

void add_top_command(CLI::App& app, std::function<int()>& chosen) {
  constexpr double kShortest = 0.1;
  constexpr double kLongest = 3600;
  const auto options = std::make_shared<TopOptions>();
  CLI::App* command = add_operator_command(
      app, *options, "top", "show what the actors do, again and again; q ends it",
      "coppice top\ncoppice top --sort mailbox --interval 0.5\ncoppice top --once --json");
  command->add_option("--sort", options->order, "busy, mailbox, messages, restarts or path (busy)");
  command->add_option("--interval", options->interval_s, "seconds between two looks (2)")
      ->check(CLI::Range(kShortest, kLongest));
  command->add_option("-n,--count", options->count, "end after so many looks");
  command->add_flag("--once", options->once, "print one look and end");
  command->add_flag("--all", options->all, "every connection as well, not only their number");
  command->callback([&chosen, options] { chosen = [options] { return show_top(*options); }; });
}

}  // namespace coppice::app::cli
