#include "app/cli/drain_command.hpp"

#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>

#include "app/cli/admin_client.hpp"
#include "app/cli/answer.hpp"
#include "app/cli/exit.hpp"
#include "app/cli/operator_command.hpp"

namespace coppice::app::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kAskEvery = std::chrono::milliseconds(200);

struct DrainOptions : OperatorOptions {
  std::uint32_t timeout_s = 30;
};

/// What the server says of those that it still has.
struct Left {
  std::int64_t connections;
  std::string answer;
};

actors::Result<Left> left_in(const std::string& socket, actors::Result<std::string> answer) {
  if (!answer) return std::unexpected(std::move(answer.error()));
  const auto connections = read_answer(socket, *answer, [](const std::string& json) {
    return boost::json::parse(json).at("connections").to_number<std::int64_t>();
  });
  if (!connections) return std::unexpected(connections.error());
  return Left{*connections, *std::move(answer)};
}

/// Asks until no client is left or the time is over; the last answer.
actors::Result<Left> drain_until(const std::string& socket, Clock::time_point end) {
  const AdminClient client(socket);
  auto left = left_in(socket, client.post("/v1/server/drain"));
  while (left && left->connections > 0 && Clock::now() < end) {
    std::this_thread::sleep_for(kAskEvery);
    auto next = left_in(socket, client.get("/v1/server/drain"));
    if (next && next->connections != left->connections) {
      std::cerr << "waiting for " << next->connections << " connections\n";
    }
    left = std::move(next);
  }
  return left;
}

int drain(const DrainOptions& options) {
  const auto left =
      drain_until(options.socket, Clock::now() + std::chrono::seconds(options.timeout_s));
  if (!left) return report_answer(left.error());
  if (options.json) {
    std::cout << left->answer << "\n";
  } else if (left->connections == 0) {
    std::cout << "the server takes no new clients and has none left; coppice stop ends it\n";
  }
  if (left->connections == 0) return ExitCode::success;
  std::cerr << "coppice: " << left->connections << " connections are still open\n";
  return ExitCode::failure;
}

}  // namespace

void add_drain_command(CLI::App& app, std::function<int()>& chosen) {
  constexpr std::uint32_t kLongest = 86'400;
  const auto options = std::make_shared<DrainOptions>();
  CLI::App* command = add_operator_command(
      app, *options, "drain", "have the server take no new clients, and wait for those it has",
      "coppice drain --timeout 60 && coppice stop");
  command->add_option("--timeout", options->timeout_s, "seconds to wait, 0 for not at all (30)")
      ->check(CLI::Range(0U, kLongest));
  command->callback([&chosen, options] { chosen = [options] { return drain(*options); }; });
}

}  // namespace coppice::app::cli
