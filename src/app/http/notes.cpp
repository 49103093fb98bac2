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

// The access log has room of its own for what comes meanwhile.
constexpr std::chrono::milliseconds kPatience{500};

}  // namespace

std::function<void(const Request&, const Outcome&)> note_answers(
    const AccessLogOptions& options, std::shared_ptr<Log> log,
    std::shared_ptr<metrics::RequestMetrics> counts, std::shared_ptr<RecentRequests> recent) {
  if constexpr (!actors::kTelemetry) return {};
  auto write = [log = std::move(log)](const std::string& lines) {
    log->output().put(lines, kPatience);
  };
  auto lines = options.enabled ? std::make_shared<AccessLog>(options, std::move(write)) : nullptr;
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

}  // namespace coppice::app::http
