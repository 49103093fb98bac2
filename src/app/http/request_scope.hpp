#pragma once

#include "app/log_scope.hpp"
#include "net/connection_link.hpp"
#include "net/http/request.hpp"

namespace coppice::app::http {

/// What lines about a request say beside their text: its id, and the actor of the connection that
/// it came by. For a LogScope, which the request must outlive.
[[nodiscard]] inline LogScope::About lines_about(const net::http::Request& request) noexcept {
  return {.actor = net::path_of(request.peer.link), .request_id = request.id};
}

}  // namespace coppice::app::http
