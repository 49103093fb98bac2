#include "app/litefs/event_reader.hpp"

#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/blocking_pool.hpp"
#include "actors/stop_at_end.hpp"

namespace coppice::app::litefs {

using actors::Task;

namespace {

constexpr auto kPause = std::chrono::seconds(1);

/// Thread: the one that listens.
void tell(const RoleKeeper::Slot& keeper, std::string_view line) {
  auto event = db::litefs::parse_event(line);
  if (!event) {
    SPDLOG_WARN("LiteFS's events: {}", event.error().context);
    return;
  }
  const auto role = keeper.get();
  if (role) role->cast(RoleKeeper::Heard{*std::move(event)}).ignore();
}

}  // namespace

EventReader::EventReader(std::shared_ptr<const Senses> senses,
                         std::shared_ptr<RoleKeeper::Slot> keeper)
    : senses_(std::move(senses)), keeper_(std::move(keeper)) {}

void EventReader::init() {
  background(actors::stop_at_end(stop_));
  continue_with(Listen{});
}

void EventReader::handle(Listen /*message*/) {
  ++streams_;
  background(listen());
}

Task<void> EventReader::listen() {
  auto work = [senses = senses_, keeper = keeper_, stop = stop_.get_token()] {
    const auto take = [&keeper](std::string_view line) { tell(*keeper, line); };
    return senses->listen(take, stop);
  };
  const auto ended = co_await actors::blocking(std::move(work), actors::kForever);
  if (stop_.stop_requested()) co_return;
  trouble_ = ended ? ended->context : ended.error().message();
  if (const auto role = keeper_->get()) role->cast(RoleKeeper::StreamLost{trouble_}).ignore();
  set_timer("listen", kPause, Listen{});
}

std::string EventReader::describe() const {
  auto text = fmt::format("{} streams", streams_);
  return trouble_.empty() ? text : text + "; the one before ended: " + trouble_;
}

}  // namespace coppice::app::litefs
