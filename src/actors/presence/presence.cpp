#include "actors/presence/presence.hpp"

#include <stdexcept>
#include <utility>

namespace coppice::actors::presence {
namespace {

/// The roster gives each version a ref of its own, so these can fail only by a bug.
void require(const Result<void>& done) {
  if (!done) throw std::logic_error(done.error().message());
}

}  // namespace

Presence::Presence(std::shared_ptr<Roster> roster, std::shared_ptr<pubsub::Hub> hub,
                   PresenceOptions options)
    : roster_(std::move(roster)), hub_(std::move(hub)), options_(std::move(options)) {}

void Presence::init() {
  auto attached = roster_->attach(self().pid());
  state_.emplace(std::move(attached.replica));
  for (auto& entry : attached.announced) require(state_->track(std::move(entry)));
  replicate();
  announce_news();
}

void Presence::handle(Wake /*message*/) {
  if (!window_open_) announce_news();
}

void Presence::handle(WindowOver /*message*/) {
  window_open_ = false;
  announce_news();
}

void Presence::announce_news() {
  auto news = roster_->take();
  if (news.empty()) return;
  window_open_ = true;
  set_timer("window", options_.window, WindowOver{});
  publish(apply(std::move(news.moves)));
  replicate();
  answer(std::move(news.requests));
}

Changes Presence::apply(std::vector<Roster::Move> moves) {
  Changes changes;
  for (auto& [left, joined] : moves) {
    if (left && joined) {
      require(state_->update(left->ref, joined));
    } else if (joined) {
      require(state_->track(joined));
    } else {
      require(state_->untrack(left->ref));
    }
    if (left) changes.leaves.push_back(std::move(left));
    if (joined) changes.joins.push_back(std::move(joined));
  }
  return changes;
}

void Presence::publish(Changes changes) {
  for (const Diff& diff : by_topic(std::move(changes))) {
    hub_->broadcast_local(diff.topic, options_.encode_diff(diff));
  }
}

void Presence::replicate() {
  const Delta delta = state_->take_delta();
  if (options_.replicate && !delta.empty()) options_.replicate(delta);
}

void Presence::answer(std::vector<Roster::StateRequest> requests) {
  pubsub::StringMap<pubsub::BroadcastPtr> states;
  for (const auto& request : requests) {
    auto& state = states[request.topic];
    if (!state) state = options_.encode_state(state_->list(request.topic));
    hub_->send(request.receiver, state);
  }
}

TopicState Presence::handle(const List& message) {
  announce_news();
  return state_->list(message.topic);
}

void Presence::handle(const Merge& message) { publish(state_->merge(message.delta)); }

void Presence::handle(const NodeDown& message) { publish(state_->set_down(message.node)); }

Delta Presence::handle(Extract /*message*/) { return state_->extract(); }

std::string Presence::describe() const {
  if (!state_) return "not started";
  return std::to_string(state_->count()) + " members on " + std::to_string(state_->topic_count()) +
         " topics";
}

}  // namespace coppice::actors::presence
