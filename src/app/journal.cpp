#include "app/journal.hpp"

#include <algorithm>
#include <utility>

namespace coppice::app {
namespace {

std::size_t size_of(const Note& note) {
  return sizeof note + note.kind.size() + note.path.size() + note.json.size();
}

}  // namespace

void Journal::add(Note note) {
  const std::lock_guard lock(mutex_);
  std::erase_if(followers_, [&note](const Follower& follower) {
    const auto queue = follower.queue.lock();
    if (!queue) return true;
    if (follower.filter(note)) queue->put(note.json);
    return false;
  });
  bytes_ += size_of(note);
  notes_.push_back(std::move(note));
  while (bytes_ > most_bytes_ && !notes_.empty()) {
    bytes_ -= size_of(notes_.front());
    notes_.pop_front();
  }
}

std::string Journal::last(const Filter& filter, std::size_t most) const {
  const std::lock_guard lock(mutex_);
  std::string lines;
  for (const Note* note : find(filter, most)) lines.append(note->json).push_back('\n');
  return lines;
}

std::shared_ptr<LineQueue> Journal::follow(Filter filter, std::size_t most) {
  const std::lock_guard lock(mutex_);
  std::erase_if(followers_, [](const Follower& each) { return each.queue.expired(); });
  if (followers_.size() >= kMostFollowers) return nullptr;
  // There is room for all that is remembered, and then for as much as a slow reader may leave.
  auto queue = std::make_shared<LineQueue>(bytes_ + LineQueue::kMostBytes);
  for (const Note* note : find(filter, most)) queue->put(note->json);
  followers_.push_back({std::move(filter), queue});
  return queue;
}

std::size_t Journal::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

std::vector<const Note*> Journal::find(const Filter& filter, std::size_t most) const {
  std::vector<const Note*> found;
  for (auto note = notes_.rbegin(); note != notes_.rend() && found.size() < most; ++note) {
    if (filter(*note)) found.push_back(&*note);
  }
  std::ranges::reverse(found);
  return found;
}

bool is_at_or_below(std::string_view path, std::string_view place) {
  if (!path.starts_with(place)) return false;
  return path.size() == place.size() || place.ends_with('/') || path[place.size()] == '/';
}

}  // namespace coppice::app
