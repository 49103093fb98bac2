#pragma once

#include <functional>
#include <memory>

#include "app/admin/work.hpp"
#include "app/metrics/exposition.hpp"
#include "net/http/route.hpp"

namespace coppice::app::admin {

/// The server's metrics, and its end.
/// @param stop  Makes the server end in good order; does not wait.
[[nodiscard]] net::http::Routes server_routes(std::shared_ptr<Work> work,
                                              std::shared_ptr<const metrics::Exposition> exposition,
                                              std::function<void()> stop);

}  // namespace coppice::app::admin
