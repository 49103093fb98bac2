#include "app/jobs/sweeper.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "app/accounts/credential_commands.hpp"

namespace coppice::app::jobs {

using actors::Result;
using actors::Task;

namespace {

constexpr auto kFirstSweep = std::chrono::minutes(1);
constexpr auto kPeriod = std::chrono::hours(1);
constexpr auto kTimeout = std::chrono::seconds(10);
constexpr std::int64_t kStep = 500;

}  // namespace

Sweeper::Sweeper(accounts::Accounts accounts) : accounts_(std::move(accounts)) {}

void Sweeper::init() { send_after(kFirstSweep, Sweep{}); }

Task<void> Sweeper::handle(Sweep /*message*/) {
  send_after(kPeriod, Sweep{});
  if (!accounts_.database().is_primary()) co_return;
  const auto forgotten = co_await sweep();
  if (forgotten) {
    status_ = fmt::format("the last sweep forgot {} sessions and links", *forgotten);
  } else {
    status_ = "the last sweep failed: " + forgotten.error().message();
    SPDLOG_WARN("expired sessions: {}", status_);
  }
}

Task<Result<std::int64_t>> Sweeper::sweep() {
  std::int64_t total = 0;
  for (;;) {
    const accounts::ForgetExpired command{accounts_.now(), kStep};
    const auto done = co_await accounts_.database().execute(command, kTimeout);
    if (!done) co_return std::unexpected(done.error());
    total += done->value;
    if (done->value < kStep) co_return total;
  }
}

std::string Sweeper::describe() const { return status_; }

}  // namespace coppice::app::jobs
