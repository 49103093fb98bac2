#include "supervisor/restarts.hpp"

namespace coppice::supervisor {

bool is_restarted(const Child& child, const actors::ExitReason& reason) noexcept {
  switch (child.spec().restart) {
    case Restart::permanent: return true;
    case Restart::transient: return !reason.is_clean();
    case Restart::temporary: break;
  }
  return false;
}

Restarts::Verdict Restarts::judge_failure(Child& child, Time now) {
  const auto delay = child.next_delay(random_);
  if (!delay) return {.kind = Verdict::Kind::give_up, .why = "max_consecutive"};
  // The window counts attempts, not waits.
  if (*delay > Duration::zero()) return {.kind = Verdict::Kind::later, .delay = *delay};
  return judge_attempt(now);
}

Restarts::Verdict Restarts::judge_retry(Child& child, const Retry& retry, Time now) {
  return retry.waited ? judge_attempt(now) : judge_failure(child, now);
}

Restarts::Verdict Restarts::judge_attempt(Time now) {
  if (window_.record(now)) return {};
  return {.kind = Verdict::Kind::give_up, .why = "reached_max_restart_intensity"};
}

}  // namespace coppice::supervisor
