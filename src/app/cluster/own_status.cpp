#include "app/cluster/own_status.hpp"

#include <chrono>
#include <string>
#include <utility>

namespace coppice::app::cluster {
namespace {

std::int64_t seconds_since_1970() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(since).count();
}

void add_standing(Status& status, const db::Replication& replication) {
  if (!replication.is_replicated()) return;
  auto standing = replication.standing();
  status.role = to_string(standing.role);
  status.primary = std::move(standing.primary);
  status.why = std::move(standing.why);
  status.transaction = static_cast<std::int64_t>(replication.transaction());
}

}  // namespace

std::function<Status()> status_of(const Config& config, const db::Database& database) {
  Status fixed;
  fixed.release = config.version;
  fixed.region = config.region;
  fixed.started_at = seconds_since_1970();
  return [fixed, database] {
    Status status = fixed;
    add_standing(status, database.replication());
    return status;
  };
}

}  // namespace coppice::app::cluster
