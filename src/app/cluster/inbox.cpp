#include "app/cluster/inbox.hpp"

#include <algorithm>

#include "db/codec.hpp"

namespace coppice::app::cluster {

namespace {

bool can_be_read(const Letter& letter) noexcept {
  if (is_for_all_versions(letter.kind)) return letter.version == kFirstVersion;
  return letter.version >= kOldestVersion && letter.version <= kNewestVersion;
}

}  // namespace

std::optional<Received> Inbox::open(std::string_view subject, std::string_view sealed,
                                    actors::Time now) {
  const auto text = seal_->open(subject, sealed);
  if (!text) {
    ++strange_;
    return std::nullopt;
  }
  auto letter = db::from_bytes<Letter>(*text);
  if (!letter || !can_be_read(*letter)) {
    ++unknown_;
    return std::nullopt;
  }
  if (Sender(letter->node, letter->incarnation) == self_) return std::nullopt;
  ++received_;
  Track& track = track_of(*letter, subject);
  if (!is_next(track, *letter, now)) return std::nullopt;
  track.heard = now;
  return take(track, *std::move(letter));
}

Inbox::Track& Inbox::track_of(const Letter& letter, std::string_view subject) {
  auto [found, is_new] = tracks_.try_emplace({letter.node, std::string(subject)});
  if (is_new) {
    // What came before this node listened is not lost.
    found->second.incarnation = letter.incarnation;
    found->second.number = letter.number - 1;
    found->second.heard = actors::Time::max();  // not the one that gives way
    if (tracks_.size() > kMostTracks) make_room();
  }
  return found->second;
}

void Inbox::make_room() {
  const auto by_use = [](const auto& a, const auto& b) { return a.second.heard < b.second.heard; };
  tracks_.erase(std::ranges::min_element(tracks_, by_use));
}

bool Inbox::is_next(Track& track, const Letter& letter, actors::Time now) {
  const bool is_over = track.heard < now - kStartIsOver;
  const bool is_another = letter.incarnation != track.incarnation;
  if (letter.incarnation > track.incarnation || (is_another && is_over)) {
    track.incarnation = letter.incarnation;
    track.number = 0;
    track.parts = kBroken;
  }
  if (letter.incarnation < track.incarnation || letter.number <= track.number) {
    ++repeated_;
    return false;
  }
  const auto missing = letter.number - track.number - 1;
  track.number = letter.number;
  if (missing > 0) {
    lost_ += static_cast<std::uint64_t>(missing);
    track.parts = kBroken;
  }
  return true;
}

std::optional<Received> Inbox::take(Track& track, Letter letter) {
  if (letter.part == 0) {
    track.parts = 0;
    track.so_far.clear();
  }
  if (letter.part != track.parts) return drop(track);
  if (track.so_far.size() + letter.body.size() > kMostBytes) {
    ++lost_;
    return drop(track);
  }
  track.so_far += letter.body;
  ++track.parts;
  if (letter.more) return std::nullopt;
  track.parts = 0;
  return Received{.from = {std::move(letter.node), letter.incarnation},
                  .kind = letter.kind,
                  .body = std::exchange(track.so_far, {})};
}

std::nullopt_t Inbox::drop(Track& track) {
  track.parts = kBroken;
  track.so_far = {};
  return std::nullopt;
}

Inbox::Counts Inbox::counts() const noexcept {
  return {.received = received_,
          .lost = lost_,
          .repeated = repeated_,
          .strange = strange_,
          .unknown = unknown_};
}

}  // namespace coppice::app::cluster
