#pragma once

#include "db/position.hpp"

namespace coppice::app::http {

/// Left in a request whose write has been committed, for its line in the log.
struct Committed {
  db::Position position;
};

}  // namespace coppice::app::http
