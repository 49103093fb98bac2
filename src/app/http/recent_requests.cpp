#include "app/http/recent_requests.hpp"

#include <algorithm>
#include <string_view>

#include "app/http/access_log.hpp"

namespace coppice::app::http {

using net::http::Outcome;
using net::http::Request;

void RecentRequests::add(const Request& request, const Outcome& outcome) {
  const Kept made = kept(request, outcome);
  auto& lane = lanes_.at(own_lane());
  const std::lock_guard lock(lane.mutex);
  if (lane.ring.empty()) lane.ring.reserve(kKept);
  if (lane.ring.size() < kKept) {
    lane.ring.push_back(made);
  } else {
    lane.ring[lane.next] = made;
  }
  lane.next = (lane.next + 1) % kKept;
}

RecentRequests::Kept RecentRequests::kept(const Request& request, const Outcome& outcome) {
  Kept made{.finished = request.received_at + outcome.duration,
            .duration = outcome.duration,
            .status = outcome.status,
            .method = request.method,
            .whole = outcome.whole,
            .path_size = 0,
            .path = {}};
  const auto size = request.path.copy(made.path.data(), made.path.size());
  made.path_size = static_cast<std::uint8_t>(size);
  return made;
}

std::vector<RecentRequests::Seen> RecentRequests::list() const {
  std::vector<Kept> all;
  for (const auto& lane : lanes_) {
    const std::lock_guard lock(lane.mutex);
    all.insert(all.end(), lane.ring.begin(), lane.ring.end());
  }
  std::ranges::sort(all, std::ranges::greater(), &Kept::finished);
  all.resize(std::min(all.size(), kKept));
  const auto steady = std::chrono::steady_clock::now();
  const auto wall = std::chrono::system_clock::now();
  std::vector<Seen> seen;
  seen.reserve(all.size());
  for (const auto& each : all) {
    const auto before =
        std::chrono::duration_cast<std::chrono::system_clock::duration>(steady - each.finished);
    seen.push_back({.at = wall - before,
                    .duration = each.duration,
                    .status = each.status,
                    .method = each.method,
                    .whole = each.whole,
                    .path = loggable_target({each.path.data(), each.path_size})});
  }
  return seen;
}

}  // namespace coppice::app::http
