#pragma once

#include <functional>

#include "app/cluster/status.hpp"
#include "app/config.hpp"
#include "db/database.hpp"

namespace coppice::app::cluster {

/// How this node is, whenever it is asked. Thread: any.
[[nodiscard]] std::function<Status()> status_of(const Config& config, const db::Database& database);

}  // namespace coppice::app::cluster
