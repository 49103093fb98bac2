#include "app/admin/watch_routes.hpp"

#include <utility>

#include "app/admin/event_routes.hpp"
#include "app/admin/log_routes.hpp"
#include "app/admin/trace_routes.hpp"

namespace coppice::app::admin {

net::http::Routes watch_routes(std::shared_ptr<Work> work, Watched watched) {
  return {log_routes(std::move(watched.log)), event_routes(std::move(watched.events)),
          trace_routes(std::move(work), watched.runtime)};
}

}  // namespace coppice::app::admin
