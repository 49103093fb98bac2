#include "net/try_again.hpp"

#include <chrono>
#include <tuple>
#include <utility>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/this_coro.hpp>

namespace coppice::net {
namespace {

using actors::Errc;
using PauseTimer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

bool failure_may_pass(const actors::Error& error) noexcept {
  switch (error.code) {
    case Errc::noproc:
    case Errc::timeout:
    case Errc::down:
    case Errc::overloaded:
    case Errc::restarting:
    case Errc::busy:
    case Errc::unavailable: return true;
    default: return false;
  }
}

}  // namespace

Awaitable<actors::Result<std::string>> try_again(Attempt attempt,
                                                 std::vector<actors::Duration> pauses) {
  PauseTimer timer(co_await boost::asio::this_coro::executor);
  for (const auto pause : pauses) {
    auto outcome = co_await attempt();
    const bool stops = co_await is_cancelled();
    if (outcome || stops || !failure_may_pass(outcome.error())) co_return outcome;
    timer.expires_after(pause);
    std::ignore = co_await timer.async_wait(kAsResult);
    const bool cancelled = co_await is_cancelled();
    if (cancelled) co_return outcome;
  }
  auto last = co_await attempt();
  co_return last;
}

}  // namespace coppice::net
