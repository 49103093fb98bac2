#include "supervisor/port/ask.hpp"

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "actors/blocking_pool.hpp"

namespace coppice::supervisor::port {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

using Answer = std::optional<Result<void>>;

Result<void> answer_of(const Check& check) {
  try {
    return check();
  } catch (const std::exception& e) {
    return fail(Errc::callback_failed, e.what());
  }
}

}  // namespace

actors::Task<Answer> ask(Check check, actors::Duration within) {
  // A job that waited for a thread all the time says nothing about what it should have asked.
  const auto begun = std::make_shared<std::atomic<bool>>(false);
  auto job = [check = std::move(check), begun]() -> Result<void> {
    begun->store(true);
    return answer_of(check);
  };
  Result<Result<void>> answered = co_await actors::blocking(std::move(job), within);
  if (answered) co_return Answer(std::move(*answered));
  if (answered.error() != Errc::timeout || !begun->load()) co_return std::nullopt;
  const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(within);
  co_return Answer(fail(Errc::timeout, fmt::format("no answer within {} ms", waited.count())));
}

}  // namespace coppice::supervisor::port
