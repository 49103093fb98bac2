#include "actors/presence/presence.hpp"

#include <stdexcept>
#include <utility>

namespace coppice::actors::presence {
namespace {

constexpr std::size_t kMostOfAnAnswer = std::size_t{1} << 20U;

/// The roster gives each version a ref of its own, so these can fail only by a bug.
void require(const Result<void>& done) {
  if (!done) throw std::logic_error(done.error().message());
}

}  // namespace

Presence::Presence(std::shared_ptr<Roster> roster, std::shared_ptr<pubsub::Hub> hub,
                   PresenceOptions options)
    : roster_(std::move(roster)),
      hub_(std::move(hub)),
      options_(std::move(options)),
      pace_(options_.count_rest) {}

Presence::~Presence() {
  if (state_) roster_->retire(*std::move(state_));
}

void Presence::init() {
  auto attached = roster_->attach(self().pid());
  if (attached.predecessor) {
    state_.emplace(std::move(attached.replica), *std::move(attached.predecessor));
  } else {
    state_.emplace(std::move(attached.replica));
  }
  for (auto& entry : attached.announced) require(state_->track(std::move(entry)));
  for (const auto& [topic, members] : attached.counts) state_->set_count(topic, members);
  replicate();
  if (options_.attendance) options_.attendance->reconcile(*state_);
  // Which counts were told is not known: they may have been about to be.
  for (const auto& [topic, members] : state_->all_counted()) tell_count(topic);
  announce_news();
  wait_for_rests();
  if (options_.started) options_.started(self());
}

void Presence::handle(Wake /*message*/) {
  if (!window_open_) announce_news();
}

void Presence::handle(WindowOver /*message*/) {
  window_open_ = false;
  announce_news();
}

void Presence::handle(CountsRested /*message*/) {
  told_now_.clear();
  for (const auto& topic : pace_.end_rests(now())) tell_count(topic);
  wait_for_rests();
}

void Presence::announce_news() {
  auto news = roster_->take();
  if (news.empty()) return;
  window_open_ = true;
  set_timer("window", options_.window, WindowOver{});
  told_now_.clear();
  publish(apply(news));
  replicate();
  answer(news);
}

Changes Presence::apply(Roster::News& news) {
  Changes changes;
  for (auto& [left, joined] : news.moves) {
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
  for (const auto& [topic, members] : news.counts) {
    const std::uint64_t before = state_->counted(topic);
    state_->set_count(topic, members);
    if (state_->counted(topic) != before) changes.recounted.insert(topic);
  }
  return changes;
}

void Presence::publish(Changes changes) {
  const auto recounted = std::exchange(changes.recounted, {});
  const auto diffs = by_topic(std::move(changes));
  for (const Diff& diff : diffs) hub_->broadcast_local(diff.topic, options_.encode_diff(diff));
  for (const auto& topic : recounted) tell_count(topic);
  if (!recounted.empty()) wait_for_rests();
  if (options_.attendance) options_.attendance->follow(diffs, *state_);
}

void Presence::tell_count(const std::string& topic) {
  if (!pace_.may_tell(topic, now())) return;
  const TopicCount count{.topic = topic, .members = state_->counted(topic)};
  hub_->broadcast_local(topic, options_.encode_count(count));
  told_now_.insert(topic);
}

void Presence::wait_for_rests() {
  if (const auto end = pace_.next_end()) set_timer("counts", *end - now(), CountsRested{});
}

void Presence::replicate() {
  const Delta delta = state_->take_delta();
  if (options_.peers && !delta.empty()) options_.peers->tell(delta);
}

void Presence::answer(const Roster::News& news) {
  pubsub::StringMap<pubsub::BroadcastPtr> states;
  for (const auto& request : news.state_requests) {
    auto& state = states[request.topic];
    if (!state) state = options_.encode_state(state_->list(request.topic));
    hub_->send(request.receiver, state);
  }
  pubsub::StringMap<pubsub::BroadcastPtr> counts;
  for (const auto& request : news.count_requests) {
    if (told_now_.contains(request.topic)) continue;  // with all the others
    auto& count = counts[request.topic];
    if (!count) {
      count = options_.encode_count(
          {.topic = request.topic, .members = state_->counted(request.topic)});
    }
    hub_->send(request.receiver, count);
  }
}

TopicState Presence::handle(const List& message) {
  announce_news();
  return state_->list(message.topic);
}

std::uint64_t Presence::handle(const Count& message) {
  announce_news();
  return state_->counted(message.topic);
}

void Presence::handle(const Merge& message) { publish(state_->merge(message.delta)); }

void Presence::handle(const NodeDown& message) { publish(state_->set_down(message.node)); }

void Presence::handle(const NodeGone& message) {
  asked_.erase(message.node);
  publish(state_->forget(message.node));
}

void Presence::handle(const Heard& message) {
  publish(state_->merge({.from = message.from, .news = {}}));
  if (options_.peers && state_->lacks(message.from, message.position)) {
    ask(message.from.node);
  }
}

void Presence::ask(const std::string& node) {
  const auto [asked, is_first] = asked_.try_emplace(node, now());
  if (!is_first && now() - asked->second < options_.peers->patience) return;
  asked->second = now();
  options_.peers->ask(node);
}

void Presence::handle(const Asked& message) {
  if (!options_.peers) return;
  for (const Delta& part : state_->extract_own(kMostOfAnAnswer)) {
    options_.peers->answer(message.node, part);
  }
}

void Presence::handle(Beat /*message*/) {
  if (options_.peers) options_.peers->beat(state_->self(), state_->position());
}

Delta Presence::handle(Extract /*message*/) { return state_->extract(); }

std::string Presence::describe() const {
  if (!state_) return "not started";
  return std::to_string(state_->count()) + " members on " + std::to_string(state_->topic_count()) +
         " topics, and " + std::to_string(state_->all_counted().size()) + " counted topics";
}

}  // namespace coppice::actors::presence
