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
#include "app/cli/exit.hpp"
#include "app/cli/operator_command.hpp"

namespace coppice::app::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kAskEvery = std::chrono::milliseconds(200);

struct DrainOptions : OperatorOptions {
  std::uint32_t timeout_s = 30;
};

std::int64_t connections_in(const std::string& json) {
  return boost::json::parse(json).at("connections").to_number<std::int64_t>();
}

/// Asks until no client is left or the time is over; the last answer.
actors::Result<std::string> wait_for_clients(const AdminClient& client, std::string answer,
                                             Clock::time_point end) {
  auto told = connections_in(answer);
  while (connections_in(answer) > 0 && Clock::now() < end) {
    std::this_thread::sleep_for(kAskEvery);
    auto next = client.get("/v1/server/drain");
    if (!next) return next;
    answer = *std::move(next);
    if (const auto left = connections_in(answer); left != told) {
      std::cerr << "waiting for " << left << " connections\n";
      told = left;
    }
  }
  return answer;
}

int drain(const DrainOptions& options) {
  const AdminClient client(options.socket);
  const auto end = Clock::now() + std::chrono::seconds(options.timeout_s);
  auto answer = client.post("/v1/server/drain");
  if (answer) answer = wait_for_clients(client, *std::move(answer), end);
  if (!answer) return report_answer(answer.error());
  const auto left = connections_in(*answer);
  if (options.json) {
    std::cout << *answer << "\n";
  } else if (left == 0) {
    std::cout << "the server takes no new clients and has none left; coppice stop ends it\n";
  }
  if (left == 0) return ExitCode::success;
  std::cerr << "coppice: " << left << " connections are still open\n";
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
