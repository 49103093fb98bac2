#pragma once

#include <memory>

#include "actors/runtime.hpp"
#include "app/admin/work.hpp"
#include "app/journal.hpp"
#include "app/logging.hpp"
#include "net/http/route.hpp"

namespace coppice::app::admin {

/// What operators can watch as it happens.
struct Watched {
  actors::Runtime& runtime;
  std::shared_ptr<Log> log;
  std::shared_ptr<Journal> events;
};

/// The log, events, one actor's messages.
[[nodiscard]] net::http::Routes watch_routes(std::shared_ptr<Work> work, Watched watched);

}  // namespace coppice::app::admin
