#include "app/backup/retention.hpp"

#include <algorithm>

namespace coppice::app::backup {

std::vector<std::string> expired(std::span<const Kept> backups, const Retention& retention,
                                 std::chrono::sys_seconds now) {
  std::vector<Kept> newest_first(backups.begin(), backups.end());
  std::ranges::sort(newest_first, [](const Kept& a, const Kept& b) {
    return std::pair(a.created_at, a.name) > std::pair(b.created_at, b.name);
  });
  std::vector<std::string> names;
  std::uint32_t good = 0;
  for (const auto& backup : newest_first) {
    const bool is_newest_good = backup.is_good && good == 0;
    const bool is_old =
        retention.days > 0 && now - backup.created_at > std::chrono::days(retention.days);
    const bool is_one_too_many = good >= retention.count;
    if (!is_newest_good && (is_old || is_one_too_many)) names.push_back(backup.name);
    if (backup.is_good) ++good;
  }
  return names;
}

}  // namespace coppice::app::backup
