#include "net/channels/channel_timers.hpp"

#include <algorithm>
#include <utility>

#include "actors/shard.hpp"
#include "actors/timer_wheel.hpp"

namespace coppice::net::channels {

class ChannelTimers::One final : public actors::Timer, public std::enable_shared_from_this<One> {
 public:
  One(ChannelTimers& owner, TimerId id, actors::Duration delay, bool repeats, Action action)
      : owner_(owner), id_(id), delay_(delay), repeats_(repeats), action_(std::move(action)) {}

  [[nodiscard]] TimerId id() const noexcept { return id_; }

  void start() noexcept {
    auto& shard = *actors::Shard::current();
    shard.timers().arm(*this, actors::deadline_after(shard.now(), delay_));
  }

 private:
  void on_expire() noexcept override {
    const auto keep_alive = weak_from_this().lock();  // whatever the action cancels or ends
    if (repeats_) {
      start();
    } else {
      owner_.cancel(id_);
    }
    action_();
  }

  ChannelTimers& owner_;
  const TimerId id_;
  const actors::Duration delay_;
  const bool repeats_;
  const Action action_;
};

ChannelTimers::ChannelTimers() noexcept = default;
ChannelTimers::~ChannelTimers() { cancel_all(); }

TimerId ChannelTimers::after(actors::Duration delay, Action action) {
  return add(delay, false, std::move(action));
}

TimerId ChannelTimers::every(actors::Duration interval, Action action) {
  return add(std::max(interval, actors::TimerWheel::kTick), true, std::move(action));
}

TimerId ChannelTimers::add(actors::Duration delay, bool repeats, Action action) {
  const TimerId id{++last_id_};
  timers_.push_back(std::make_shared<One>(*this, id, delay, repeats, std::move(action)));
  timers_.back()->start();
  return id;
}

void ChannelTimers::cancel(TimerId id) noexcept {
  const auto found = std::ranges::find(timers_, id, [](const auto& timer) { return timer->id(); });
  if (found == timers_.end()) return;
  (*found)->cancel();  // its own action may hold it meanwhile
  timers_.erase(found);
}

void ChannelTimers::cancel_all() noexcept {
  for (const auto& timer : std::exchange(timers_, {})) timer->cancel();
}

}  // namespace coppice::net::channels
