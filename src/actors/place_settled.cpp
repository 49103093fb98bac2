#include "actors/place_settled.hpp"

namespace coppice::actors {

Result<Pid> resolve_place(const Place& place) {
  if (const Pid pid = place.pid()) return pid;
  switch (place.state()) {
    case Place::State::starting:
    case Place::State::restarting:
    case Place::State::running:  // between the two reads
    case Place::State::stopping: return fail(Errc::restarting, place.path() + " is restarting");
    case Place::State::stopped: return fail(Errc::noproc, place.path() + " is stopped");
    case Place::State::removed: return fail(Errc::noproc, place.path() + " has been removed");
  }
  return fail(Errc::noproc);
}

bool PlaceSettled::await_suspend(std::coroutine_handle<> coroutine) {
  if (must_not_wait()) {
    settle(fail(Errc::cancelled));
    return false;
  }
  // Shared, because std::function wants to be copyable and the token is not.
  auto reply = std::make_shared<ReplyTo<void>>(open());
  token_ = place_->when_settled([reply] { reply->answer({}); });
  return suspend(coroutine);
}

}  // namespace coppice::actors
