#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "app/mail/mail_record.hpp"

namespace coppice::app::metrics {

/// What has become of mails. Thread: any.
class MailMetrics final : public prometheus::Collectable {
 public:
  explicit MailMetrics(std::shared_ptr<const mail::MailRecord> record)
      : record_(std::move(record)) {}

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::shared_ptr<const mail::MailRecord> record_;
};

}  // namespace coppice::app::metrics
