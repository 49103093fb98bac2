#include "actors/burst.hpp"

#include <utility>

namespace coppice::actors {
namespace {

thread_local Burst* t_current = nullptr;

}  // namespace

Burst::Burst() noexcept {
  if (t_current == nullptr) t_current = this;
}

Burst::~Burst() {
  if (t_current != this) return;
  t_current = nullptr;
  for (auto& action : actions_) action();
}

Burst* Burst::current() noexcept { return t_current; }

}  // namespace coppice::actors
