#pragma once

#include <exception>
#include <functional>
#include <string>

#include "app/crashes/part_crashes.hpp"
#include "net/http/request.hpp"

namespace coppice::app::crashes {

/// Which handler a crash is of, and in which request.
struct HandlerName {
  std::string route;   ///< "GET /api/posts/:slug"; what was asked for where no route was found.
  std::string detail;  ///< "request 7"; empty for a request without an id.
  std::string request_id;
};

[[nodiscard]] HandlerName handler_of(const net::http::Request& request);

/// For the hook that a server has for exceptions: Server::on_exception. Thread: any.
[[nodiscard]] std::function<void(const net::http::Request&, std::exception_ptr)> report_handlers_to(
    PartCrashesPtr crashes);

}  // namespace coppice::app::crashes
