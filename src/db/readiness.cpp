#include "db/readiness.hpp"

#include <utility>

namespace coppice::db {

using actors::Errc;
using actors::fail;
using actors::Result;

Readiness::Report Readiness::report() const {
  const std::lock_guard lock(mutex_);
  return {state(), reason_};
}

Result<void> Readiness::check() const {
  if (ready()) return {};
  return fail(Errc::unavailable, report().reason);
}

void Readiness::set(State state, std::string reason) {
  const std::lock_guard lock(mutex_);
  reason_ = std::move(reason);
  state_.store(state, std::memory_order_release);
}

std::string_view to_string(Readiness::State state) noexcept {
  switch (state) {
    case Readiness::State::starting: return "starting";
    case Readiness::State::ready: return "ready";
    case Readiness::State::failed: return "failed";
  }
  return "unknown";
}

}  // namespace coppice::db
