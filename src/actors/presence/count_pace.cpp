#include "actors/presence/count_pace.hpp"

#include <utility>

namespace coppice::actors::presence {

bool CountPace::may_tell(const std::string& topic, Time now) {
  const auto [found, is_new] = recounted_.try_emplace(topic, false);
  if (is_new) {
    rests_.push_back({.end = now + rest_, .topic = topic});
  } else {
    found->second = true;
  }
  return is_new;
}

std::vector<std::string> CountPace::end_rests(Time now) {
  std::vector<std::string> topics;
  while (!rests_.empty() && rests_.front().end <= now) {
    std::string topic = std::move(rests_.front().topic);
    rests_.pop_front();
    const auto recounted = recounted_.find(topic);
    const bool has_news = recounted->second;
    recounted_.erase(recounted);
    if (has_news) topics.push_back(std::move(topic));
  }
  return topics;
}

std::optional<Time> CountPace::next_end() const {
  if (rests_.empty()) return std::nullopt;
  return rests_.front().end;
}

}  // namespace coppice::actors::presence
