#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "app/http/access_log_options.hpp"
#include "app/http/recent_requests.hpp"
#include "app/logging.hpp"
#include "app/metrics/refusal_metrics.hpp"
#include "app/metrics/request_metrics.hpp"

/// What the endpoint leaves behind of its clients: counts and lines of the log. Thread: any.
namespace coppice::app::http {

[[nodiscard]] std::function<void(const net::http::Request&, const net::http::Outcome&)>
note_answers(const AccessLogOptions& options, std::shared_ptr<Log> log,
             std::shared_ptr<metrics::RequestMetrics> counts,
             std::shared_ptr<RecentRequests> recent);

/// See refusal_log() for what is logged.
[[nodiscard]] std::function<void(const net::server::Refusal&)> note_refusals(
    std::shared_ptr<metrics::RefusalMetrics> counts);

/// See room_log() for what is logged.
[[nodiscard]] std::function<void(std::size_t)> note_room_made(
    std::shared_ptr<metrics::RefusalMetrics> counts);

}  // namespace coppice::app::http
