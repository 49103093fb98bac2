#include "app/http/recent_requests.hpp"

#include <algorithm>
#include <string_view>

#include "app/http/access_log.hpp"

namespace coppice::app::http {

using net::http::Outcome;
using net::http::Request;

void RecentRequests::add(const Request& request, const Outcome& outcome) {
  auto& lane = lanes_.at(own_lane());
  const std::lock_guard lock(lane.mutex);
  if (lane.ring.empty()) lane.ring.reserve(kKept);
  if (lane.ring.size() < kKept) lane.ring.emplace_back();
  keep(request, outcome, lane.ring[lane.next]);
  lane.next = (lane.next + 1) % kKept;
}

/// In place, as most of it is room for paths that are shorter.
void RecentRequests::keep(const Request& request, const Outcome& outcome, Kept& kept) {
  kept.finished = request.received_at + outcome.duration;
  kept.duration = outcome.duration;
  kept.status = outcome.status;
  kept.method = request.method;
  kept.whole = outcome.whole;
  const auto size = request.path.copy(kept.path.data(), kept.path.size());
  kept.path_size = static_cast<std::uint8_t>(size);
  kept.id_size = static_cast<std::uint8_t>(request.id.copy(kept.id.data(), kept.id.size()));
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
                    .path = loggable_target({each.path.data(), each.path_size}),
                    .id = std::string(each.id.data(), each.id_size)});
  }
  return seen;
}

}  // namespace coppice::app::http
