#include "supervisor/restart_window.hpp"

namespace coppice::supervisor {

bool RestartWindow::record(Time now) {
  forget_before(now);
  restarts_.push_back(now);
  return restarts_.size() <= static_cast<std::size_t>(limit_.intensity);
}

std::size_t RestartWindow::count(Time now) {
  forget_before(now);
  return restarts_.size();
}

void RestartWindow::forget_before(Time now) {
  while (!restarts_.empty() && now - restarts_.front() > limit_.period) restarts_.pop_front();
}

}  // namespace coppice::supervisor
