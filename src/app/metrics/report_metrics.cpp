#include "app/metrics/report_metrics.hpp"

#include "app/metrics/families.hpp"

namespace coppice::app::metrics {
namespace {

using prometheus::MetricType;

void add_ledger(Families& to, const crashes::Ledger& ledger) {
  auto& all = to.add("coppice_ledger_crashes_total",
                     "Crashes, by what became of them in the ledger", MetricType::Counter);
  add_counter(all, {{"result", "written"}}, static_cast<double>(ledger.written.load()));
  add_counter(all, {{"result", "dropped"}}, static_cast<double>(ledger.buffer.dropped()));
  to.gauge("coppice_ledger_crashes_waiting", "Different crashes that are to be written down",
           static_cast<double>(ledger.buffer.waiting()));
}

void add_sentry(Families& to, const sentry::Feed& feed) {
  auto& all = to.add("coppice_sentry_crashes_total",
                     "Crashes, by what became of the reports to Sentry that tell of them",
                     MetricType::Counter);
  add_counter(all, {{"result", "sent"}}, static_cast<double>(feed.sent.load()));
  add_counter(all, {{"result", "refused"}}, static_cast<double>(feed.refused.load()));
  add_counter(all, {{"result", "dropped"}}, static_cast<double>(feed.crashes.buffer.dropped()));
  to.gauge("coppice_sentry_crashes_waiting", "Different crashes that Sentry is to be told of",
           static_cast<double>(feed.crashes.buffer.waiting()));
  auto& errors = to.add("coppice_sentry_errors_total",
                        "Errors in the log, by what became of the reports that tell of them",
                        MetricType::Counter);
  add_counter(errors, {{"result", "sent"}}, static_cast<double>(feed.errors_sent.load()));
  add_counter(errors, {{"result", "refused"}}, static_cast<double>(feed.errors_refused.load()));
  add_counter(errors, {{"result", "dropped"}}, static_cast<double>(feed.errors.dropped()));
  to.gauge("coppice_sentry_errors_waiting",
           "Different errors in the log that Sentry is to be told of",
           static_cast<double>(feed.errors.waiting()));
}

void add_spans(Families& to, const tracing::Tracer& tracer) {
  auto& all = to.add("coppice_trace_spans_total", "Spans of requests, by what became of them",
                     MetricType::Counter);
  add_counter(all, {{"result", "sent"}}, static_cast<double>(tracer.sent()));
  add_counter(all, {{"result", "dropped"}}, static_cast<double>(tracer.dropped()));
  to.gauge("coppice_trace_spans_waiting", "Spans that are to be sent, beside the batch under way",
           static_cast<double>(tracer.waiting()));
}

}  // namespace

std::vector<prometheus::MetricFamily> ReportMetrics::Collect() const {
  Families families;
  if (parts_.ledger) add_ledger(families, *parts_.ledger);
  if (parts_.sentry) add_sentry(families, *parts_.sentry);
  if (parts_.tracer) add_spans(families, *parts_.tracer);
  return families.take();
}

}  // namespace coppice::app::metrics
