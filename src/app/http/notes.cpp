#include "app/http/notes.hpp"

#include <chrono>
#include <utility>

#include "actors/telemetry.hpp"
#include "app/http/access_log.hpp"
#include "app/http/refusal_log.hpp"
#include "app/tracing/request_trace.hpp"

namespace coppice::app::http {
namespace {

using net::http::Outcome;
using net::http::Request;
using net::server::Refusal;

AccessLog::Sink through(std::shared_ptr<Log> log) {
  const auto holders = log->output().holders();
  return {.put = [log](const std::string& lines,
                       std::chrono::milliseconds patience) { log->output().put(lines, patience); },
          .leave_out = [log](std::uint64_t count) { log->output().leave_out(count); },
          .holders = holders};
}

}  // namespace

std::function<void(const Request&, const Outcome&)> note_answers(
    const AccessLogOptions& options, std::shared_ptr<Log> log,
    std::shared_ptr<metrics::RequestMetrics> counts, std::shared_ptr<RecentRequests> recent) {
  if constexpr (!actors::kTelemetry) return {};
  auto lines =
      options.enabled ? std::make_shared<AccessLog>(options, through(std::move(log))) : nullptr;
  return [counts = std::move(counts), recent = std::move(recent), lines = std::move(lines)](
             const Request& request, const Outcome& outcome) {
    counts->add(request, outcome);
    recent->add(request, outcome);
    tracing::record_request(request, outcome);
    if (lines) lines->add(request, outcome);
  };
}

std::function<void(const Refusal&)> note_refusals(std::shared_ptr<metrics::RefusalMetrics> counts) {
  return [counts = std::move(counts), log = refusal_log()](const Refusal& refusal) {
    counts->add(refusal);
    log(refusal);
  };
}

std::function<void(std::size_t)> note_room_made(std::shared_ptr<metrics::RefusalMetrics> counts) {
  return [counts = std::move(counts), log = room_log()](std::size_t connections) {
    counts->add_room_made(connections);
    log(connections);
  };
}

}  // namespace coppice::app::http
