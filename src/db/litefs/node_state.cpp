#include "db/litefs/node_state.hpp"

#include <utility>

namespace coppice::db::litefs {

void NodeState::heard(PrimaryReport report) { report_ = std::move(report); }

void NodeState::stream_lost(std::string why) {
  report_.reset();
  stream_trouble_ = std::move(why);
}

Standing NodeState::standing() const {
  if (mount_trouble_) return {.role = Role::down, .why = *mount_trouble_};
  if (!report_) return {.role = Role::down, .why = stream_trouble_};
  if (report_->is_primary) return {.role = Role::primary};
  if (report_->hostname.empty()) return {.role = Role::orphan};
  return {.role = Role::replica, .primary = report_->hostname};
}

}  // namespace coppice::db::litefs
