#include "app/metrics/mail_metrics.hpp"

#include "app/metrics/families.hpp"

namespace coppice::app::metrics {

std::vector<prometheus::MetricFamily> MailMetrics::Collect() const {
  Families families;
  auto& all = families.add("coppice_mails_total", "Attempts to send a mail, by what came of them",
                           prometheus::MetricType::Counter);
  add_counter(all, {{"result", "sent"}}, static_cast<double>(record_->sent.load()));
  add_counter(all, {{"result", "postponed"}}, static_cast<double>(record_->postponed.load()));
  add_counter(all, {{"result", "given_up"}}, static_cast<double>(record_->given_up.load()));
  return families.take();
}

}  // namespace coppice::app::metrics
