#include "app/crashes/handler_crashes.hpp"

#include <utility>

#include <fmt/format.h>

#include "net/http/route.hpp"

namespace coppice::app::crashes {

HandlerName handler_of(const net::http::Request& request) {
  const auto& where = request.route != nullptr ? request.route->pattern : request.path;
  return {.route = fmt::format("{} {}", to_string(request.method), where),
          .detail = request.id.empty() ? "" : "request " + request.id,
          .request_id = request.id};
}

std::function<void(const net::http::Request&, std::exception_ptr)> report_handlers_to(
    PartCrashesPtr crashes) {
  return [crashes = std::move(crashes)](const net::http::Request& request,
                                        const std::exception_ptr& failure) {
    const auto name = handler_of(request);
    crashes->report(name.route, failure, name.detail, name.request_id);
  };
}

}  // namespace coppice::app::crashes
