#include "net/try_again.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include "net/loopback.hpp"

namespace coppice::net {
namespace {

using actors::Errc;
using actors::Result;

using Pauses = std::vector<actors::Duration>;

struct Tries {
  std::vector<Errc> failures;  // of the first ones
  std::size_t made = 0;
  std::optional<Result<std::string>> outcome;
};

Awaitable<Result<std::string>> make_try(std::shared_ptr<Tries> tries) {
  const auto number = tries->made++;
  if (number < tries->failures.size()) co_return actors::fail(tries->failures[number]);
  co_return std::string("bytes");
}

Awaitable<void> run_tries(std::shared_ptr<Tries> tries, Pauses pauses) {
  co_await boost::asio::this_coro::throw_if_cancelled(false);
  Attempt attempt = std::bind_front(make_try, tries);
  auto outcome = co_await try_again(std::move(attempt), std::move(pauses));
  tries->outcome = std::move(outcome);
}

std::shared_ptr<Tries> tries_after(std::vector<Errc> failures) {
  auto tries = std::make_shared<Tries>();
  tries->failures = std::move(failures);
  testing::Loopback loop;
  loop.spawn(run_tries(tries, Pauses(2)));
  while (loop.finished() == 0) loop.io().run_one();
  return tries;
}

TEST(TryAgain, GivesWhatComesAfterFailuresThatPass) {
  const auto tries = tries_after({Errc::overloaded, Errc::timeout});
  EXPECT_EQ(tries->outcome->value(), "bytes");
  EXPECT_EQ(tries->made, 3U);
}

TEST(TryAgain, EndsWithTheLastFailure) {
  const auto tries = tries_after({Errc::overloaded, Errc::timeout, Errc::unavailable});
  EXPECT_EQ(tries->outcome->error(), Errc::unavailable);
  EXPECT_EQ(tries->made, 3U);
}

TEST(TryAgain, TriesOnceWhatDoesNotPass) {
  for (const auto failure : {Errc::conflict, Errc::not_found, Errc::cancelled}) {
    const auto tries = tries_after({failure});
    EXPECT_EQ(tries->outcome->error(), failure);
    EXPECT_EQ(tries->made, 1U);
  }
}

TEST(TryAgain, EndsItsPauseWhenItIsCancelled) {
  const auto tries = std::make_shared<Tries>();
  tries->failures = {Errc::overloaded};
  testing::Loopback loop;
  loop.spawn(run_tries(tries, {std::chrono::hours(1)}));
  loop.pump();
  EXPECT_EQ(loop.finished(), 0);
  loop.cancel();
  loop.pump();
  EXPECT_EQ(loop.finished(), 1);
  EXPECT_EQ(tries->made, 1U);
  EXPECT_EQ(tries->outcome->error(), Errc::overloaded);
}

}  // namespace
}  // namespace coppice::net
