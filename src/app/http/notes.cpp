#include "app/http/notes.hpp"

#include <utility>

#include "app/http/access_log.hpp"
#include "app/http/refusal_log.hpp"

namespace coppice::app::http {
namespace {

using net::http::Outcome;
using net::http::Request;
using net::server::Refusal;

}  // namespace

std::function<void(const Request&, const Outcome&)> note_answers(
    const AccessLogOptions& log, std::shared_ptr<metrics::RequestMetrics> counts) {
  if (!log.enabled) {
    return [counts = std::move(counts)](const Request& request, const Outcome& outcome) {
      counts->add(request, outcome);
    };
  }
  return [counts = std::move(counts), lines = std::make_shared<AccessLog>(log)](
             const Request& request, const Outcome& outcome) {
    counts->add(request, outcome);
    lines->add(request, outcome);
  };
}

std::function<void(const Refusal&)> note_refusals(std::shared_ptr<metrics::RefusalMetrics> counts) {
  return [counts = std::move(counts), log = refusal_log()](const Refusal& refusal) {
    counts->add(refusal);
    log(refusal);
  };
}

}  // namespace coppice::app::http
